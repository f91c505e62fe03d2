import { parseArgs } from 'node:util';
import { shareBenchParts } from './bench-parts.ts';
import { parseBenchSize } from './bench-size.ts';
import { type Measurement, measureAll } from './measure/measure-all.ts';
import { measureFiles } from './measure/measure-files.ts';
import { measureHttp } from './measure/measure-http.ts';
import { measureKubernetes } from './measure/measure-kubernetes.ts';
import { measureNamespaces } from './measure/measure-namespaces.ts';
import { measureObjects } from './measure/measure-objects.ts';
import { measurePeers } from './measure/measure-peers.ts';
import { measureProxy } from './measure/measure-proxy.ts';
import { measureQueue } from './measure/measure-queue.ts';
import { measureStart } from './measure/measure-start.ts';
import { measureThroughput } from './measure/measure-throughput.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const size = parseBenchSize(values);
const tell = (line: string) => process.stderr.write(`${line}\n`);
const parts = shareBenchParts(tell);

// Those that need an engine come first: it is stopped before the others are measured.
const onParts: readonly Measurement[] = [
  { name: 'start', measure: async () => measureStart(await parts.get(), size) },
  { name: 'throughput', measure: async () => measureThroughput(await parts.get(), size) },
  { name: 'peers', measure: async () => measurePeers(await parts.get(), size) },
  { name: 'files', measure: async () => measureFiles(await parts.get(), size) },
  { name: 'objects', measure: async () => measureObjects(await parts.get(), size) },
];
const alone: readonly Measurement[] = [
  { name: 'proxy', measure: () => measureProxy(size, tell) },
  { name: 'namespaces', measure: () => measureNamespaces(size) },
  { name: 'queue', measure: () => measureQueue(size, tell) },
  { name: 'http', measure: () => measureHttp(size, tell) },
];

// Only when it is named: it builds Kubernetes on the first run of a host.
const onRequest: readonly Measurement[] = [{ name: 'kubernetes', measure: () => measureKubernetes(size, tell) }];

const names = [...onParts, ...alone, ...onRequest].map(({ name }) => name);
if (values.only !== undefined && !names.includes(values.only))
  throw new Error(`There is no measurement "${values.only}". Use --only with one of: ${names.join(', ')}.`);

const isWanted = ({ name }: Measurement) => values.only === undefined || values.only === name;
const first = await measureAll(onParts.filter(isWanted), tell).finally(parts.stop);
const second = await measureAll(
  [...alone.filter(isWanted), ...onRequest.filter(({ name }) => name === values.only)],
  tell,
);
if (values.only === undefined)
  for (const { name } of onRequest) tell(`NOT MEASURED ${name}: it is measured with --only ${name} alone.`);
const notMeasured = { ...first.notMeasured, ...second.notMeasured };
const isWhole = Object.keys(notMeasured).length === 0;
const report = {
  size,
  measured: [...first.measured, ...second.measured],
  ...first.figures,
  ...second.figures,
  ...(values.only === undefined && { only_by_name: onRequest.map(({ name }) => name) }),
  ...(isWhole ? {} : { not_measured: notMeasured }),
};
process.stdout.write(`${values.json ? JSON.stringify(report) : table(report)}\n`);
process.exitCode = isWhole ? 0 : 1;

function table(rows: Readonly<Record<string, unknown>>): string {
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(24)}${typeof value === 'number' ? value : JSON.stringify(value)}`)
    .join('\n');
}
