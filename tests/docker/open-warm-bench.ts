import { inject } from 'vitest';
import type { Runtime, Sandbox } from '../../src/runtimes/runtime.ts';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { isKeptNetwork, isWaiting } from '../parts/is-waiting.ts';
import { openWarmSandboxes, quickWarm, settled } from '../warm/open-warm-sandboxes.ts';
import type { WarmBench } from '../warm/warm.cases.ts';
import { openDockerBench } from './open-docker-bench.ts';

/** Every sandbox that is opened has a container that was started before. */
export async function openWarmBench(): Promise<WarmBench> {
  const bench = await openDockerBench({ transfer: 'bind', warm: quickWarm });
  const api = createDockerApi(inject('docker').host.slice('unix://'.length));
  const warmOnes = async () => (await api.containers()).filter(({ Labels }) => Labels['exec-agent.role'] === 'warm');
  const waiting = async () => (await api.containers()).filter(isWaiting).map(({ Id }) => Id);

  const isWarm = async ({ handle }: Sandbox) =>
    (await warmOnes()).some(({ Labels }) => Labels['exec-agent.sandbox'] === handle.sandboxId);
  const opening = (runtime: Runtime) => openWarmSandboxes(runtime, { bench, waiting, isWarm });

  return {
    ...bench,
    runtime: opening(bench.runtime),
    restart: async () => opening(await bench.restart()),
    waiting,
    leftovers: settled(async () => {
      const kept = (await api.containers()).filter((each) => isWaiting(each) || isKeptNetwork(each));
      const marks = kept.flatMap(({ Names, Labels }) => [
        Names[0],
        // As it is written in the name of a cgroup.
        Labels['exec-agent.sandbox']?.replaceAll('-', '_'),
      ]);
      return (await bench.leftovers()).filter(
        (line) => !marks.some((mark) => mark !== undefined && line.includes(mark)),
      );
    }),
  };
}
