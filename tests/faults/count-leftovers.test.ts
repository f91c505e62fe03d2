import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findHostTraces, findNewTraces } from '../kubernetes/host-traces.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import type { TestRun } from '../parts/run/test-run.ts';
import { findTraces } from './count-leftovers.ts';

/** One that goes on beside the run of these tests, so that it is not alone on the host. */
async function openRun() {
  const directory = await mkdtemp(join(tmpdir(), 'count-leftovers-'));
  const run: TestRun = { name: 'planted', directory, temp: join(directory, 'tmp'), cgroup: `/planted-${randomUUID()}` };
  return { run, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

const settleMs = 0;
const hierarchy = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(existsSync) ?? '';
const testAsRoot = test.runIf(process.getuid?.() === 0);

testAsRoot('findTraces: a cgroup of an execution of the run is counted, and that of another agent is not', async () => {
  await using opened = await openRun();
  const [own, others] = [randomUUID(), randomUUID()];
  const cgroups = [own, others].map((id) => join(hierarchy, 'exec-agent', `${id}.container`));
  const executions = new Set([own]);
  try {
    for (const path of cgroups) await mkdir(path, { recursive: true });
    expect(await findTraces(opened.run, { executions, settleMs })).toEqual(cgroups.slice(0, 1));
  } finally {
    for (const path of cgroups) await rmdir(path);
  }
  expect(await findTraces(opened.run, { executions, settleMs })).toEqual([]);
});

testAsRoot('findNewTraces: an interface of the run is counted, and that of another run is not', async () => {
  await using opened = await openRun();
  const suffix = randomUUID().slice(0, 6);
  const links = [
    { link: `ea-own-${suffix}`, alias: `${opened.run.directory}/cluster` },
    { link: `ea-oth-${suffix}`, alias: '/tmp/another/cluster' },
  ];
  const before = await findHostTraces();
  const made: string[] = [];
  try {
    for (const { link, alias } of links) {
      await runCommand('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}p`);
      made.push(link);
      await runCommand('ip', 'link', 'set', link, 'alias', alias);
    }
    const found = await findNewTraces(opened.run, before, settleMs);
    expect(found).toEqual([expect.stringContaining(`ea-own-${suffix}`)]);
  } finally {
    for (const link of made) await runCommand('ip', 'link', 'delete', link);
  }
  expect(await findNewTraces(opened.run, before, settleMs)).toEqual([]);
});
