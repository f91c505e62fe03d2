import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerFiles } from '../container/container-files.ts';
import { awaitKeeper } from './await-keeper.ts';

const patienceMs = 30_000;
const never = new AbortController().signal;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keeper-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('keeper: is waited for until it is in the directory of its container', async () => {
  const files = containerFiles(directory);
  const keeper = spawn('sh', ['-c', 'read go; cd "$1"; read end', 'sh', directory]);
  try {
    await once(keeper, 'spawn');
    await writeFile(files.launcher, await readFile(`/proc/${keeper.pid}/stat`));
    await expect(awaitKeeper(files, 0, never)).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    const inside = awaitKeeper(files, patienceMs, never);
    keeper.stdin.write('\n');
    await inside;
  } finally {
    const ended = once(keeper, 'exit');
    keeper.kill('SIGKILL');
    await ended;
  }
  await expect(awaitKeeper(files, patienceMs, never)).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
});
