import type { ExecError } from '../support/exec-error.ts';

/** What a driver knows about an error beyond its code, in the error's context: by it the journey knows what to do. */
export interface AwayFacts {
  /** What runs containers cannot be reached just now: the same may succeed later, or elsewhere. */
  readonly runtimeAway?: true;
  /** A container was about to be started, and nobody can tell whether it was. */
  readonly mayHaveRun?: true;
}

/** Whether the runtime was away before anything ran, so that the execution may begin anew. */
export function isAwayBeforeStart({ code, context }: ExecError): boolean {
  return code === 'RUNTIME_UNAVAILABLE' && context.runtimeAway === true && context.mayHaveRun !== true;
}
