import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deployment, stepSpecOf } from '../../src/runtimes/contract/bench.contract.ts';
import { ociWarmRootIn } from '../../src/runtimes/oci/oci-places.ts';
import type { Runtime, SandboxSpec } from '../../src/runtimes/runtime.ts';
import { launchMark } from '../../src/runtimes/warm/launch-mark.ts';
import { noWarm, type WarmOptions } from '../../src/runtimes/warm/warm-options.ts';
import { canAccess } from '../../src/support/files/can-access.ts';
import { becomesTrue } from '../parts/poll.ts';
import { type OciBench, openOciBench } from './open-bench.ts';

const patienceMs = 60_000;
const roomy = 1024 ** 4;

/** Containers are made ready at once, for whatever was asked for last. */
const eagerWarm: WarmOptions = {
  ...noWarm,
  count: 1,
  memoryBytes: roomy,
  idleMs: 10 * patienceMs,
  hasMemory: async () => true,
  limits: { usesBefore: 1, refillAfterMs: 0, retryMs: 0 },
};

export interface WarmBench extends OciBench {
  /** Workspaces of the containers that wait, or are made to. */
  waiting(): Promise<readonly string[]>;
}

/** Every sandbox that is opened has a container that was started before. */
export async function openWarmBench(): Promise<WarmBench> {
  const bench = await openOciBench({ warm: eagerWarm });
  const agents = join(ociWarmRootIn(join(bench.base, 'work')), deployment);
  const workspaces = async () => {
    const lists = (await namesIn(agents)).map(async (agent) =>
      (await namesIn(join(agents, agent))).map((name) => join(agents, agent, name)),
    );
    return (await Promise.all(lists)).flat();
  };
  const waiting = async () => (await workspaces()).map((path) => basename(path));
  /** Names of the workspaces, of the containers in them, and of the agents. */
  const marksOfWaiting = async () => {
    const all = await workspaces();
    const containers = all.map((path) => namesIn(join(path, 'control/containers')));
    const agentNames = (await namesIn(agents)).map((name) => `waiting ${name}`);
    return [...all.map((path) => basename(path)), ...(await Promise.all(containers)).flat(), ...agentNames];
  };
  const isWarm = (executionId: string) =>
    canAccess(launchMark(join(bench.base, 'work/oci', deployment, executionId, 'control')));

  const openWarm = async (runtime: Runtime, given: SandboxSpec, signal: AbortSignal) => {
    const spec = { ...given, steps: given.steps ?? [await stepSpecOf(bench, {})] };
    for (;;) {
      const sandbox = await runtime.openSandbox(spec, signal);
      if (await isWarm(spec.executionId)) return sandbox;
      await sandbox.remove();
      await becomesTrue(async () => (await waiting()).length > 0, patienceMs);
    }
  };

  const opening = <T extends Runtime>(runtime: T): T => ({
    ...runtime,
    openSandbox: (spec: SandboxSpec, signal: AbortSignal) => openWarm(runtime, spec, signal),
  });

  return {
    ...bench,
    runtime: opening(bench.runtime),
    restart: async () => opening(await bench.restart()),
    waiting,
    async leftovers() {
      const marks = await marksOfWaiting();
      const others = (await bench.leftovers()).filter((line) => !marks.some((mark) => line.includes(mark)));
      // A keeper's command line is its launcher's.
      const keepers = others.filter(isKeeper);
      const known = (await waiting()).length;
      return [...others.filter((line) => !isKeeper(line)), ...keepers.slice(known)];
    },
  };
}

function isKeeper(line: string): boolean {
  return /^process \d+ \S*\/launcher /.test(line);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
