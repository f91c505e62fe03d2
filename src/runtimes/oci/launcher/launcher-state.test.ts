import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseProcessStat } from '../../../support/processes/process-identity.ts';
import { type ContainerFiles, containerFiles } from '../container/container-files.ts';
import { readLauncherState } from './launcher-state.ts';

describe('what is known of a launcher', () => {
  let files: ContainerFiles;
  beforeEach(async () => {
    files = containerFiles(await mkdtemp(join(tmpdir(), 'launcher-')));
  });
  afterEach(() => rm(files.directory, { recursive: true }));
  const ownStat = () => readFile('/proc/self/stat', 'utf8');

  test('no files: there never was one', async () => {
    expect(await readLauncherState(files)).toEqual({ kind: 'never' });
  });

  test('a process with that pid and start time runs', async () => {
    await writeFile(files.launcher, await ownStat());
    expect(await readLauncherState(files)).toEqual({ kind: 'running' });
  });

  test('a process that only has the same pid is another one', async () => {
    const stat = await ownStat();
    const start = parseProcessStat(stat)?.startTime ?? '';
    await writeFile(files.launcher, stat.replace(` ${start} `, ` ${Number(start) - 1} `));
    expect(await readLauncherState(files)).toEqual({ kind: 'vanished' });
  });

  test('an exit code counts once its line is complete', async () => {
    await writeFile(files.launcher, await ownStat());
    await writeFile(files.exit, '13');
    expect(await readLauncherState(files)).toEqual({ kind: 'running' });
    await writeFile(files.exit, '137\n');
    expect(await readLauncherState(files)).toEqual({ kind: 'ended', code: 137 });
  });

  test('a place taken by a removal is no launcher that runs', async () => {
    await writeFile(files.launcher, 'removed\n');
    expect(await readLauncherState(files)).toEqual({ kind: 'vanished' });
  });
});
