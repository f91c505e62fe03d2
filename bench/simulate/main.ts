import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    executions: { type: 'string' },
    agents: { type: 'string', default: '20' },
    processes: { type: 'string', default: '2' },
  },
});
const wholeNumber = (name: string, text: string) => {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} ${text}: use a whole number from 1.`);
  return Number(text);
};

const report = await simulate({
  executions: wholeNumber('executions', values.executions ?? (values.quick ? '2000' : '100000')),
  agents: wholeNumber('agents', values.agents),
  processes: wholeNumber('processes', values.processes),
  tell: (line) => process.stderr.write(`${line}\n`),
});
const table = () =>
  Object.entries(report)
    .map(([name, value]) => `${name.padEnd(32)}${typeof value === 'number' ? value : JSON.stringify(value)}`)
    .join('\n');
process.stdout.write(`${values.json ? JSON.stringify(report) : table()}\n`);
process.exitCode = report.lost === 0 && report.double === 0 && report.failed === 0 ? 0 : 1;
