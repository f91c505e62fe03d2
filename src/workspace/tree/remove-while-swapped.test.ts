import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';

const rounds = 25;
const atOnce = 8;

// Keeps making a directory and putting a link to the canary in its place, while someone removes both.
const swapper = `
const { mkdirSync, renameSync, symlinkSync, unlinkSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { name, parked, canary, stop } = workerData;
const steps = [
  () => mkdirSync(name + '/below', { recursive: true }),
  () => renameSync(name, parked),
  () => symlinkSync(canary, name),
  () => unlinkSync(name),
  () => renameSync(parked, name),
];
parentPort.postMessage('swapping');
while (Atomics.load(stop, 0) === 0)
  for (const step of steps) try { step(); } catch { /* the other side was faster */ }
`;

let base = '';
let worker: Worker | undefined;
const stop = new Int32Array(new SharedArrayBuffer(4));

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'remove-swapped-'));
  await mkdir(join(base, 'canary/below'), { recursive: true });
  await writeFile(join(base, 'canary/below/file'), 'untouched');
  await mkdir(join(base, 'tree'));
  const workerData = {
    name: join(base, 'tree/place'),
    parked: join(base, 'tree/parked'),
    canary: join(base, 'canary'),
    stop,
  };
  worker = new Worker(swapper, { eval: true, workerData });
  await new Promise((resolve) => worker?.once('message', resolve));
});

afterEach(() => removeTree(base));

async function stopWorker(): Promise<void> {
  const exited = new Promise((resolve) => worker?.once('exit', resolve));
  Atomics.store(stop, 0, 1);
  await exited;
}

test('a process that swaps directories and links while they are removed never gets anything else removed', async () => {
  const tree = join(base, 'tree');
  for (let round = 0; round < rounds; round += 1) {
    const removals = Array.from({ length: atOnce }, () => removeTree(tree));
    // Some fail: the process was faster, which only means that it has to be stopped first.
    await Promise.allSettled(removals);
    await mkdir(tree, { recursive: true });
  }
  await stopWorker();
  await removeTree(tree);
  expect(await readdir(base, { recursive: true })).toEqual(['canary', 'canary/below', 'canary/below/file']);
});
