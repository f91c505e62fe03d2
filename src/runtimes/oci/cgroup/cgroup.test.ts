import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCgroup } from './cgroup.ts';

// Plain files in the place of the kernel's: what is written and how it is read is the same.
describe('the control group of a container', () => {
  let mount = '';
  beforeEach(async () => {
    mount = await mkdtemp(join(tmpdir(), 'cgroup-'));
  });
  afterEach(() => rm(mount, { recursive: true }));
  const put = async (file: string, text: string) => {
    await mkdir(join(mount, 'exec-agent/one'), { recursive: true });
    await writeFile(join(mount, 'exec-agent/one', file), text);
  };

  test('v2: every group above hands down its controllers, and the limit is set', async () => {
    await createCgroup({ kind: 'v2', root: mount }, 'one').create({ memoryBytes: 4096 });
    for (const group of ['', 'exec-agent'])
      expect(await readFile(join(mount, group, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +cpu +pids');
    expect(await readFile(join(mount, 'exec-agent/one/memory.max'), 'utf8')).toBe('4096');
  });

  test('v2: the use is read, and whether a process was killed for memory', async () => {
    const cgroup = createCgroup({ kind: 'v2', root: mount }, 'one');
    expect(cgroup.usage()).toBeUndefined();
    await put('cpu.stat', 'usage_usec 1500000\nuser_usec 1\n');
    await put('memory.events', 'low 0\noom 3\noom_kill 0\noom_group_kill 0\n');
    expect(cgroup.usage()).toEqual({ cpuSeconds: 1.5 });
    expect(cgroup.memoryLimit()).toBe('kept');
    await put('memory.peak', '8192\n');
    await put('memory.events', 'oom 3\noom_kill 1\n');
    expect(cgroup.usage()).toEqual({ cpuSeconds: 1.5, memoryPeakBytes: 8192 });
    expect(cgroup.memoryLimit()).toBe('killed');
  });

  test('v1: a peak at the limit says that the limit was met, not that it was fatal', async () => {
    const controllers = new Map([
      ['memory', mount],
      ['cpuacct', mount],
    ]);
    const cgroup = createCgroup({ kind: 'v1', controllers, mounts: [mount] }, 'one');
    await put('cpuacct.usage', '2000000000\n');
    await put('memory.limit_in_bytes', '67108864\n');
    await put('memory.max_usage_in_bytes', '1000000\n');
    expect(cgroup.usage()).toEqual({ cpuSeconds: 2, memoryPeakBytes: 1_000_000 });
    expect(cgroup.memoryLimit()).toBe('kept');
    await put('memory.max_usage_in_bytes', '67108864\n');
    expect(cgroup.memoryLimit()).toBe('met');
  });

  test('a process that is not in it is not held by it', async () => {
    expect(createCgroup({ kind: 'v2', root: mount }, 'one').holds(process.pid)).toBe(false);
  });
});
