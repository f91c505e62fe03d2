import { parseArgs } from 'node:util';
import { messageOf } from '../src/support/exec-error.ts';
import { startBenchParts } from './bench-parts.ts';
import { measureProxy } from './measure-proxy.ts';
import { measureStart } from './measure-start.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const tell = (line: string) => process.stderr.write(`${line}\n`);

const measurements = {
  start: async () => {
    const parts = await startBenchParts(tell);
    try {
      return await measureStart(parts, values);
    } finally {
      await parts.stop();
    }
  },
  proxy: () => measureProxy(values),
} as const;

const figures: Record<string, unknown> = {};
const notMeasured: Record<string, string> = {};
for (const [name, measure] of Object.entries(measurements)) {
  if (values.only !== undefined && values.only !== name) continue;
  tell(`Measuring ${name} …`);
  try {
    Object.assign(figures, await measure());
  } catch (error) {
    // A peer that is not installed must not keep the other figures back.
    notMeasured[name] = messageOf(error);
    process.exitCode = 1;
  }
}
if (Object.keys(notMeasured).length > 0) figures.not_measured = notMeasured;
process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);

function table(rows: Readonly<Record<string, unknown>>): string {
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(24)}${typeof value === 'number' ? value : JSON.stringify(value)}`)
    .join('\n');
}
