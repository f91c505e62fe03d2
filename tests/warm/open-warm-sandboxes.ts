import { stepSpecOf } from '../../src/runtimes/contract/bench.contract.ts';
import type { RuntimeBench } from '../../src/runtimes/runtime.contract.ts';
import type { Runtime, Sandbox, SandboxSpec } from '../../src/runtimes/runtime.ts';
import { noWarm, type WarmOptions } from '../../src/runtimes/warm/warm-options.ts';
import { becomesTrue } from '../parts/poll.ts';

const patienceMs = 60_000;
const roomy = 1024 ** 4;

/** Containers are made ready at once, for what was asked for last. */
export const eagerWarm: WarmOptions = {
  ...noWarm,
  count: 1,
  memoryBytes: roomy,
  idleMs: 10 * patienceMs,
  hasMemory: async () => true,
  limits: { usesBefore: 1, refillAfterMs: 0, retryMs: 0 },
};

/** The same on this host, where looking often costs little. */
export const quickWarm: WarmOptions = { ...eagerWarm, limits: { ...eagerWarm.limits, checkMs: 500 } };

/** The pool makes containers meanwhile: what is being made then looks like a leftover for a moment. */
export function settled(find: () => Promise<readonly string[]>): () => Promise<readonly string[]> {
  return async () => {
    let found = await find();
    await becomesTrue(async () => {
      found = found.length === 0 ? found : await find();
      return found.length === 0;
    }, patienceMs);
    return found;
  };
}

export interface WarmSandboxOptions {
  readonly bench: RuntimeBench;
  /** What waits, or is made to. */
  readonly waiting: () => Promise<readonly string[]>;
  /** Whether the sandbox has a container that was started before. */
  readonly isWarm: (sandbox: Sandbox, spec: SandboxSpec) => Promise<boolean>;
  /** The number of steps of a sandbox that names none. */
  readonly steps?: number;
}

/** The runtime, but every sandbox that it opens has a container that was started before. */
export function openWarmSandboxes<T extends Runtime>(runtime: T, options: WarmSandboxOptions): T {
  const { bench, waiting, isWarm, steps = 1 } = options;
  return {
    ...runtime,
    async openSandbox(given: SandboxSpec, signal: AbortSignal) {
      const spec = { ...given, steps: given.steps ?? Array(steps).fill(await stepSpecOf(bench, {})) };
      for (;;) {
        const sandbox = await runtime.openSandbox(spec, signal);
        if (await isWarm(sandbox, spec)) return sandbox;
        await sandbox.remove();
        await becomesTrue(async () => (await waiting()).length > 0, patienceMs);
      }
    },
  };
}
