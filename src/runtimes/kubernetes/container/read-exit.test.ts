import { expect, test } from 'vitest';
import { readExit, readVanished } from './read-exit.ts';

const facts = { wasKilled: false, disruption: undefined, endedAt: 1 };
const ended = (code: number | null, signal: number | null, counters = {}) =>
  ({ kind: 'exited', code, signal, counters }) as const;
const oomV1 = { '/sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n' };
const oomV2 = { '/sys/fs/cgroup/memory.events': 'low 0\noom 1\noom_kill 1\n' };

test.each([
  ['a code', ended(3, null), { code: 3, reason: 'exited' }],
  ['a signal', ended(null, 15), { code: 143, reason: 'exited' }],
  ['a kill for memory, cgroups v1', ended(null, 9, oomV1), { code: 137, reason: 'out-of-memory' }],
  ['a kill for memory, cgroups v2', ended(1, null, oomV2), { code: 1, reason: 'out-of-memory' }],
  ['a child killed for memory', ended(0, null, oomV1), { code: 0, reason: 'exited', memoryKill: true }],
])('readExit: %s', (_, end, exit) => {
  expect(readExit(end, facts)).toEqual({ ...exit, endedAt: 1 });
});

test('readExit: a command that the agent killed was not killed for memory', () => {
  expect(readExit(ended(null, 9, oomV1), { ...facts, wasKilled: true })).toMatchObject({ reason: 'exited' });
});

test('readExit: a command that ended with its pod was stopped, unless it ended well', () => {
  const disrupted = { ...facts, disruption: 'a drain' };
  expect(readExit(ended(null, 15), disrupted)).toMatchObject({
    reason: 'runtime-stopped',
    why: expect.stringContaining('a drain'),
  });
  expect(readExit(ended(0, null), disrupted)).toMatchObject({ reason: 'exited' });
});

test('readExit: what was used, from either version of cgroups', () => {
  const v1 = {
    '/sys/fs/cgroup/cpuacct/cpuacct.usage': '1500000000\n',
    '/sys/fs/cgroup/memory/memory.max_usage_in_bytes': '4096\n',
  };
  const v2 = { '/sys/fs/cgroup/cpu.stat': 'usage_usec 1500000\n', '/sys/fs/cgroup/memory.peak': '4096\n' };
  for (const counters of [v1, v2])
    expect(readExit(ended(0, null, counters), facts).usage).toEqual({ cpuSeconds: 1.5, memoryPeakBytes: 4096 });
});

test.each([
  [137, undefined, 'out-of-memory'],
  [137, 'a drain', 'runtime-stopped'],
  [0, undefined, 'unknown'],
] as const)('readVanished: code %s with disruption %s is %s', (code, disruption, reason) => {
  expect(readVanished(code, { disruption, endedAt: 1 })).toMatchObject({ code, reason });
});
