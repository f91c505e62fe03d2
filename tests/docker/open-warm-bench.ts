import { inject } from 'vitest';
import { stepSpecOf } from '../../src/runtimes/contract/bench.contract.ts';
import type { RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import type { Runtime, SandboxSpec } from '../../src/runtimes/runtime.ts';
import { noWarm, type WarmOptions } from '../../src/runtimes/warm/warm-options.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { isWaiting } from '../parts/is-waiting.ts';
import { becomesTrue } from '../parts/poll.ts';
import { openDockerBench } from './open-docker-bench.ts';

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

export interface WarmBench extends RuntimeBench {
  /** Ids of the containers that wait, or are made to. */
  waiting(): Promise<readonly string[]>;
}

/** Every sandbox that is opened has a container that was started before. */
export async function openWarmBench(): Promise<WarmBench> {
  const bench = await openDockerBench({ transfer: 'bind', warm: eagerWarm });
  const api = createDockerApi(inject('docker').host.slice('unix://'.length));
  const warmOnes = async () => (await api.containers()).filter(({ Labels }) => Labels['exec-agent.role'] === 'warm');
  const waiting = async () => (await api.containers()).filter(isWaiting).map(({ Id }) => Id);

  const openWarm = async (runtime: Runtime, given: SandboxSpec, signal: AbortSignal) => {
    const spec = { ...given, steps: given.steps ?? [await stepSpecOf(bench, {})] };
    for (;;) {
      const sandbox = await runtime.openSandbox(spec, signal);
      const { sandboxId } = sandbox.handle;
      if ((await warmOnes()).some(({ Labels }) => Labels['exec-agent.sandbox'] === sandboxId)) return sandbox;
      await sandbox.remove();
      await becomesTrue(async () => (await waiting()).length > 0, patienceMs);
    }
  };

  const opening = (runtime: Runtime): Runtime => ({
    ...runtime,
    openSandbox: (spec, signal) => openWarm(runtime, spec, signal),
  });

  return {
    ...bench,
    runtime: opening(bench.runtime),
    restart: async () => opening(await bench.restart()),
    waiting,
    async leftovers() {
      const kept = (await api.containers()).filter(isWaiting);
      const marks = kept.flatMap(({ Names, Labels }) => [
        Names[0],
        // As it stands in the name of a control group.
        Labels['exec-agent.sandbox']?.replaceAll('-', '_'),
      ]);
      return (await bench.leftovers()).filter(
        (line) => !marks.some((mark) => mark !== undefined && line.includes(mark)),
      );
    },
  };
}
