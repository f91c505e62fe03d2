import { parseArgs } from 'node:util';
import { startBenchParts } from './bench-parts.ts';
import { measureStart } from './measure-start.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

const parts = await startBenchParts((line) => process.stderr.write(`${line}\n`));
try {
  const figures = await measureStart(parts, { quick: values.quick });
  process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);
} finally {
  await parts.stop();
}

function table(figures: Readonly<Record<string, unknown>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(24)}${typeof value === 'number' ? value : JSON.stringify(value)}`)
    .join('\n');
}
