import { describe, expect, test } from 'vitest';
import { parseGroupLayout } from './group-layout.ts';

const hybrid = `23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

describe('the layout of control groups', () => {
  test('mixed: limits are set in the v1 hierarchies, and engines make groups in all', () => {
    expect(parseGroupLayout(hybrid)).toMatchObject({
      kind: 'v1',
      unified: '/sys/fs/cgroup/unified',
      mounts: ['cpu,cpuacct', 'memory', 'systemd', 'unified'].map((name) => `/sys/fs/cgroup/${name}`),
    });
  });

  test('v2 alone', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
    expect(parseGroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/cgroup' });
  });

  test('v1 without memory beside v2 counts as v2', () => {
    const mountinfo = hybrid.replace('rw,memory', 'rw,pids');
    expect(parseGroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/cgroup/unified' });
  });

  test('a blank in a mount point is a blank', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/c\\040g rw - cgroup2 cgroup2 rw\n';
    expect(parseGroupLayout(mountinfo)).toEqual({ kind: 'v2', root: '/sys/fs/c g' });
  });
});
