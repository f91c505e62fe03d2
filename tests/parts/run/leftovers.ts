import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerApi } from '../docker/docker-api.ts';
import { becomesTrue } from '../poll.ts';
import { executionCgroups, mountsOf, processesOf, usageCgroups } from './run-traces.ts';
import { isAlone, type TestRun } from './test-run.ts';

/** What is still ending when the last test has ended gets this long; on a busy host that is much. */
const defaultSettleMs = 20_000;

/** What the tests left in the engine, and takes it away. */
export async function takeEngineLeftovers(api: DockerApi, settleMs = defaultSettleMs): Promise<readonly string[]> {
  await becomesTrue(async () => (await api.containers()).length === 0, settleMs);
  const left: string[] = [];
  for (const container of await api.containers()) {
    left.push(`container ${container.Names[0]} of ${container.Image}: ${container.Status}`);
    await api.remove(`/containers/${container.Id}`);
  }
  for (const name of await api.volumes()) {
    left.push(`volume ${name}`);
    await api.remove(`/volumes/${name}`);
  }
  for (const { Id: id, Name: name } of await api.networks()) {
    if (['bridge', 'host', 'none'].includes(name)) continue;
    left.push(`network ${name}`);
    await api.remove(`/networks/${id}`);
  }
  return left;
}

// Caches of the tools that run the tests.
const toolCaches = /^(tsx-\d+|node-compile-cache|vitest-.*|\.vite.*)$/;

/**
 * Processes, mounts, directories and cgroups that the tests left; to be called when the run's own daemons have ended.
 * Cgroups outside of the engine bear no mark of the run: those count that were not there before it, when no other run is going on.
 */
export async function findLeftovers(
  run: TestRun,
  cgroupsBefore: readonly string[],
  settleMs = defaultSettleMs,
): Promise<readonly string[]> {
  // A cgroup that appears now is that of another agent on this host: the tests have ended.
  let suspects = executionCgroups().filter((path) => !cgroupsBefore.includes(path));
  const cgroups = () => {
    const present = executionCgroups();
    suspects = suspects.filter((path) => present.includes(path));
    return isAlone(run) ? suspects : [];
  };
  const files = () => readdirSync(run.temp).filter((name) => !toolCaches.test(name));
  const find = () => [
    ...processesOf(run).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...mountsOf(run).map((path) => `mount ${path}`),
    ...[...cgroups(), ...usageCgroups(run)].map((path) => `cgroup ${path}`),
    ...files().map((name) => join(run.temp, name)),
  ];
  await becomesTrue(() => find().length === 0, settleMs);
  return find();
}
