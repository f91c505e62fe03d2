import { describe, expect, test } from 'vitest';
import { groupLimits, hierarchiesToEnter } from './group-limits.ts';

const controllers = ['memory', 'cpu', 'pids', 'devices', 'cpuset'];

function layoutAt(root: string, names: readonly string[] = controllers) {
  const places = new Map(names.map((name) => [name, `${root}/${name}`]));
  const unified = `${root}/unified`;
  return { kind: 'v1', controllers: places, mounts: [...places.values(), unified], unified } as const;
}

describe('the hierarchies that a launcher enters', () => {
  test('are all of v1, and not the v2 one beside them', () => {
    expect(hierarchiesToEnter(layoutAt('/sys/fs/cgroup'))).toEqual(
      controllers.map((name) => ({ mountPoint: `/sys/fs/cgroup/${name}`, controllers: [name] })),
    );
  });

  test.each([
    ['with v2 alone', { kind: 'v2', root: '/sys/fs/cgroup' } as const],
    ['where a limit has no place', layoutAt('/sys/fs/cgroup', ['memory', 'cpu', 'pids'])],
  ])('are none %s', (_, layout) => {
    expect(hierarchiesToEnter(layout)).toBeUndefined();
  });
});

test('limits are as the kernel takes them, with room for the engine', () => {
  const resources = { cpus: 0.5, memoryBytes: 4096, pids: 10, scratchBytes: 1 };
  expect(groupLimits('/exec-agent/one', resources)).toEqual({
    path: '/exec-agent/one',
    memoryBytes: 4096,
    cpuQuota: 50_000,
    pids: 11,
  });
});
