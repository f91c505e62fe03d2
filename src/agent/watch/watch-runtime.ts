import type { Runtime } from '../../runtimes/runtime.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Failure } from '../../wire/record/record.ts';

/**
 * Returns whether the runtime is usable. It is probed only after an execution found it unusable. Until it responds again
 * no work is taken; otherwise all queued executions would fail one by one.
 */
export interface RuntimeWatch {
  /** An execution failed so, or did not. */
  note(failure: Failure | undefined): void;
  /** Why it cannot be used; undefined: it can. */
  trouble(): Promise<string | undefined>;
}

/** @param options.holdMs how long a result is cached, in milliseconds */
export function createRuntimeWatch(
  runtime: Pick<Runtime, 'probe'>,
  { probeMs, holdMs }: { readonly probeMs: number; readonly holdMs: number },
): RuntimeWatch {
  let suspected = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let reason: string | undefined;
  return {
    note(failure) {
      suspected ||= failure?.code === 'RUNTIME_UNAVAILABLE';
    },
    async trouble() {
      if (!suspected || performance.now() - askedAt < holdMs) return reason;
      askedAt = performance.now();
      reason = await troubleOf(runtime, probeMs);
      suspected = reason !== undefined;
      return reason;
    },
  };
}

async function troubleOf(runtime: Pick<Runtime, 'probe'>, probeMs: number): Promise<string | undefined> {
  try {
    const health = await runtime.probe(AbortSignal.timeout(probeMs));
    return health.ok ? undefined : health.reason;
  } catch (error) {
    return messageOf(error);
  }
}
