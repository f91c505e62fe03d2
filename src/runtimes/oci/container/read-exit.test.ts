import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMemoryKills } from '../../groups/read-usage.ts';
import { createCgroup } from '../cgroup/cgroup.ts';
import { containerFiles } from './container-files.ts';
import { readExit } from './read-exit.ts';

/** As Linux 6.1 writes it for a group with a limit, after so many kills in it and below it. */
const eventsOf = (kills: number) =>
  `low 0\nhigh 0\nmax ${kills * 37}\noom ${kills * 2}\noom_kill ${kills}\noom_group_kill 0\n`;

describe('exit on cgroups v2: a kill for memory inside', () => {
  let base = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'exit-'));
    await mkdir(join(base, 'exec-agent/one'), { recursive: true });
  });
  afterEach(() => rm(base, { recursive: true }));
  const put = (text: string) => writeFile(join(base, 'exec-agent/one/memory.events'), text);
  const layout = () => ({ kind: 'v2', root: base }) as const;
  const exitOf = (code: number) =>
    readExit({
      code,
      isNew: true,
      hasRun: true,
      // Another number than the host's: on v2 what happens elsewhere does not count.
      memoryKillsBefore: -1,
      files: containerFiles(join(base, 'container')),
      cgroup: createCgroup(layout(), 'one'),
      engineRecords: [join(base, 'nothing')],
      engine: 'crun',
      command: 'sh',
    });

  test('memory.events: a command that exits with 0 has the mark only when a process of its group was killed', async () => {
    await put(eventsOf(0));
    expect(await exitOf(0)).toEqual({ code: 0, reason: 'exited' });
    await put(eventsOf(2));
    expect(await exitOf(0)).toEqual({ code: 0, reason: 'exited', memoryKill: true });
    expect(readMemoryKills(layout(), 'exec-agent/one')).toBe(2);
  });

  test('memory.events: a command that fails after a kill is out of memory', async () => {
    await put(eventsOf(1));
    expect(await exitOf(3)).toEqual({ code: 3, reason: 'out-of-memory' });
    await put(eventsOf(0));
    expect(await exitOf(3)).toEqual({ code: 3, reason: 'exited' });
  });

  test('memory.events: kernels before 5.12 have no oom_group_kill, and a group that is gone has no file', async () => {
    await put('low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n');
    expect(await exitOf(0)).toHaveProperty('memoryKill', true);
    await rm(join(base, 'exec-agent'), { recursive: true });
    expect(await exitOf(0)).toEqual({ code: 0, reason: 'exited' });
    expect(readMemoryKills(layout(), 'exec-agent/one')).toBeUndefined();
  });
});
