import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { labels } from '../../src/runtimes/docker/labels.ts';
import { warmPrefix } from '../../src/runtimes/oci/container/remove-containers.ts';
import { ociWarmRootIn } from '../../src/runtimes/oci/oci-places.ts';
import { warmRootIn } from '../../src/runtimes/warm/warm-supply.ts';
import { isWaiting } from '../parts/is-waiting.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { executionCgroups, mountsOf, processesOf, usageCgroups } from '../parts/run/run-traces.ts';
import { isAlone, type TestRun } from '../parts/run/test-run.ts';
import type { World } from './open-world.ts';

/** Two rounds of an agent's housekeeping. */
const settleMs = 30_000;

/**
 * What the executions left in Redis, in Docker, of its cgroups, and below the agents' directories. To be called while agents
 * run: what an agent that was killed left is removed by a sweep of the next one.
 */
export async function findLeftovers(world: World, run: TestRun): Promise<readonly string[]> {
  const find = async () => [
    ...(await findOnMachine(world, 'agents run')),
    ...(await findInRedis(world.config)),
    ...(await groupsOfNoContainer(world, run)),
  ];
  await becomesTrue(async () => (await find()).length === 0, settleMs);
  return find();
}

/** What is in the engine and below the agents' directories. Agents that run may keep containers that wait for a command. */
export async function findOnMachine(
  world: World,
  when: 'agents run' | 'agents have stopped',
): Promise<readonly string[]> {
  const mayWait = when === 'agents run';
  const directories = world.runtimes.map((runtime) => join(world.dataDirOf(runtime), 'work'));
  const waiting = directories.flatMap((directory) => [`${warmRootIn(directory)}/`, `${ociWarmRootIn(directory)}/`]);
  const isWaitingOne = (path: string) => waiting.some((place) => path.startsWith(place));
  const found = await runCommand('find', ...directories, '-mindepth', '3', '-maxdepth', '3');
  const workspaces = found.split('\n').filter((path) => path !== '');
  const containers = await world.engine.api.containers();
  return [
    ...containers.filter((each) => !(mayWait && isWaiting(each))).map(({ Names }) => `container ${Names[0]}`),
    ...(await world.engine.api.volumes()).map((name) => `volume ${name}`),
    ...workspaces.filter((path) => !(mayWait && isWaitingOne(path))),
  ];
}

/** Those of containers that wait are named by the label of their sandbox. */
async function groupsOfNoContainer(world: World, run: TestRun): Promise<readonly string[]> {
  // First: a container that is removed meanwhile still counts as one that has its group.
  const containers = await world.engine.api.containers();
  const sandboxes = containers.flatMap(({ Labels }) => Labels[labels.sandbox]?.replaceAll('-', '_') ?? []);
  return usageCgroups(run).filter((path) => !sandboxes.some((sandbox) => path.includes(`.${sandbox}.`)));
}

/** What still waits or runs by the queue, and requests that no agent has taken from the stream. */
export async function findInRedis(config: Config): Promise<readonly string[]> {
  const redis = new Redis(config.redisUrl ?? '');
  try {
    const keys = queueKeys(config.keyPrefix);
    const states = ['queued', 'staging', 'running', 'collecting'].map((state) => keys.index(`state:${state}`));
    const flows = await redis.keys(`${keys.waiting}:*`);
    const sets = [keys.waiting, ...flows, keys.delayed, keys.leases, ...states];
    const sizes = await Promise.all(sets.map(async (key) => ({ key, size: await redis.zcard(key) })));
    const entries = { key: config.requestChannel, size: await redis.xlen(config.requestChannel) };
    return [...sizes, entries].filter(({ size }) => size > 0).map(({ key, size }) => `${size} entries in ${key}`);
  } finally {
    redis.disconnect();
  }
}

/** By which a run tells its own traces from those of others on the host. */
export interface TracesOptions {
  /** The ids of what it executed. */
  readonly executions: ReadonlySet<string>;
  /** Cgroups of containers before the run whose agents have some that wait for a command, which have no execution's name. */
  readonly cgroupsBefore?: readonly string[];
  readonly settleMs?: number;
}

/** Processes, mounts and cgroups of the run that are still there when the agents and all servers have ended. */
export async function findTraces(
  run: TestRun,
  { executions, cgroupsBefore, settleMs: withinMs = settleMs }: TracesOptions,
): Promise<readonly string[]> {
  const isOwn = (path: string): boolean => {
    const [name = ''] = basename(path).split('.');
    if (executions.has(name)) return true;
    return name.startsWith(warmPrefix) && cgroupsBefore?.includes(path) === false && isAlone(run);
  };
  const find = () => [
    ...processesOf(run).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...mountsOf(run).map((path) => `mount ${path}`),
    ...executionCgroups().filter(isOwn),
    ...usageCgroups(run),
  ];
  await becomesTrue(() => find().length === 0, withinMs);
  return find();
}
