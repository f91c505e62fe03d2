import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Output } from '../wire/plan/plan.ts';
import { removeTree } from '../workspace/tree/remove-tree.ts';
import { createOutputCollector } from './create-output-collector.ts';
import { createPutOnlyStore } from './put-only-store.contract.ts';

const rounds = 1000;
const atOnce = 8;
const root = '/workspace/output';
const secret = '{"nodes": [], "relationships": [], "metadata": {"of": "the canary"}}';
const own = '{"nodes": [], "relationships": [], "metadata": {"of": "the container"}}';

// Puts a link in the place of a file, and of a directory, and takes it away again, as fast as it can.
const swapper = `
const { renameSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { places, stop } = workerData;
parentPort.postMessage('swapping');
while (Atomics.load(stop, 0) === 0)
  for (const { name, real, link } of places) {
    renameSync(name, real);
    renameSync(link, name);
    renameSync(name, link);
    renameSync(real, name);
  }
`;

let base = '';
let output = '';
let canary = '';
let worker: Worker | undefined;
const stop = new Int32Array(new SharedArrayBuffer(4));

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'swapped-'));
  output = join(base, 'output');
  canary = join(base, 'canary');
  const parked = join(base, 'parked');
  for (const directory of [output, canary, parked, join(output, 'plots')]) await mkdir(directory);
  await writeFile(join(canary, 'file'), secret);
  await writeFile(join(output, 'plots/file'), own);
  await writeFile(join(output, 'graph_update.json'), own);
  await symlink(canary, join(parked, 'plots-link'));
  await symlink(join(canary, 'file'), join(parked, 'graph-link'));
  const places = [
    { name: join(output, 'plots'), real: join(parked, 'plots'), link: join(parked, 'plots-link') },
    { name: join(output, 'graph_update.json'), real: join(parked, 'graph'), link: join(parked, 'graph-link') },
  ];
  worker = new Worker(swapper, { eval: true, workerData: { places, stop } });
  await new Promise((resolve) => worker?.once('message', resolve));
});

afterEach(async () => {
  const exited = new Promise((resolve) => worker?.once('exit', resolve));
  Atomics.store(stop, 0, 1);
  await exited;
  await removeTree(base);
});

test('a process that swaps files and links while outputs are collected never gets a byte of the host out', async () => {
  const stored: string[] = [];
  const store = createPutOnlyStore((_name, content) => void stored.push(content));
  const limits = {
    maxFileContentBytes: 1000,
    maxAnswerContentBytes: 100_000,
    maxOutputBytes: 10_000,
    maxOutputFiles: 100,
    maxGraphBytes: 1000,
    uploadConcurrency: 2,
  };
  const collect = createOutputCollector({ store, limits });
  const files = (pattern: string): Output => ({
    kind: 'files',
    origin: 'output.expected_files[0]',
    root,
    pattern,
    required: true,
  });
  const outputs: readonly Output[] = [
    files('graph_update.json'),
    files('plots/file'),
    files('**'),
    { kind: 'graph', origin: 'output.graph_update', path: `${root}/graph_update.json` },
    { kind: 'upload', origin: 'output.minio_upload', root, prefix: 'executions/1/output' },
  ];

  const seen = { own: 0, leaked: 0, links: 0, naive: 0 };
  const collectOnce = async () => {
    const collected = await collect(new Map([[root, output]]), outputs, new AbortController().signal);
    const contents = [...collected.files.map(({ content }) => content), collected.graph, ...stored.splice(0)];
    seen.own += contents.filter((content) => content === own).length;
    seen.leaked += contents.filter((content) => content?.includes('canary')).length;
    seen.links += collected.failures.filter(({ message }) => message.includes('symbolic link')).length;
    const naive = await readFile(join(output, 'graph_update.json'), 'utf8').catch(() => 'nothing was there');
    if (naive === secret) seen.naive += 1;
  };
  for (let round = 0; round < rounds; round += atOnce) await Promise.all(Array.from({ length: atOnce }, collectOnce));

  expect(seen.leaked).toBe(0);
  // The race was on: the same loop met files and links, and reading by path would have been caught out.
  expect(seen.own).toBeGreaterThan(0);
  expect(seen.links).toBeGreaterThan(0);
  expect(seen.naive).toBeGreaterThan(0);
  expect(await readFile(join(canary, 'file'), 'utf8')).toBe(secret);
}, 60_000);
