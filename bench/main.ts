import { parseArgs } from 'node:util';
import { messageOf } from '../src/support/exec-error.ts';
import { type BenchParts, startBenchParts } from './bench-parts.ts';
import { measureFiles } from './measure-files.ts';
import { measureHttp } from './measure-http.ts';
import { measureNamespaces } from './measure-namespaces.ts';
import { measureObjects } from './measure-objects.ts';
import { measureProxy } from './measure-proxy.ts';
import { measureQueue } from './measure-queue.ts';
import { measureStart } from './measure-start.ts';
import { measureThroughput } from './measure-throughput.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const tell = (line: string) => process.stderr.write(`${line}\n`);

const measurements = {
  start: () => withParts((parts) => measureStart(parts, values)),
  throughput: () => withParts((parts) => measureThroughput(parts, values)),
  files: () => withParts((parts) => measureFiles(parts, values)),
  objects: () => withParts((parts) => measureObjects(parts, values)),
  proxy: () => measureProxy(values),
  namespaces: () => measureNamespaces(values),
  queue: () => measureQueue(values),
  http: () => measureHttp(values),
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

async function withParts<T>(measure: (parts: BenchParts) => Promise<T>): Promise<T> {
  const parts = await startBenchParts(tell);
  try {
    return await measure(parts);
  } finally {
    await parts.stop();
  }
}

function table(rows: Readonly<Record<string, unknown>>): string {
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(24)}${typeof value === 'number' ? value : JSON.stringify(value)}`)
    .join('\n');
}
