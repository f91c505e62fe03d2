import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCgroup } from './cgroup.ts';
import { parseCgroupLayout } from './cgroup-layout.ts';

const hybrid = `23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

describe('the layout of control groups', () => {
  test('mixed: limits are set in the v1 hierarchies, and engines make groups in all', () => {
    expect(parseCgroupLayout(hybrid)).toMatchObject({
      kind: 'v1',
      unified: '/sys/fs/cgroup/unified',
      mounts: ['cpu,cpuacct', 'memory', 'systemd', 'unified'].map((name) => `/sys/fs/cgroup/${name}`),
    });
  });

  test('v2 alone', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
    expect(parseCgroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/cgroup' });
  });

  test('v1 without memory beside v2 counts as v2', () => {
    const mountinfo = hybrid.replace('rw,memory', 'rw,pids');
    expect(parseCgroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/cgroup/unified' });
  });

  test('a blank in a mount point is a blank', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/c\\040g rw - cgroup2 cgroup2 rw\n';
    expect(parseCgroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/c g' });
  });
});

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
    expect(await cgroup.usage()).toBeUndefined();
    await put('cpu.stat', 'usage_usec 1500000\nuser_usec 1\n');
    await put('memory.events', 'low 0\noom 3\noom_kill 0\noom_group_kill 0\n');
    expect(await cgroup.usage()).toEqual({ cpuSeconds: 1.5 });
    expect(await cgroup.memoryLimit()).toBe('kept');
    await put('memory.peak', '8192\n');
    await put('memory.events', 'oom 3\noom_kill 1\n');
    expect(await cgroup.usage()).toEqual({ cpuSeconds: 1.5, memoryPeakBytes: 8192 });
    expect(await cgroup.memoryLimit()).toBe('killed');
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
    expect(await cgroup.usage()).toEqual({ cpuSeconds: 2, memoryPeakBytes: 1_000_000 });
    expect(await cgroup.memoryLimit()).toBe('kept');
    await put('memory.max_usage_in_bytes', '67108864\n');
    expect(await cgroup.memoryLimit()).toBe('met');
  });

  test('a process that is not in it is not held by it', async () => {
    expect(await createCgroup({ kind: 'v2', root: mount }, 'one').holds(process.pid)).toBe(false);
  });
});
