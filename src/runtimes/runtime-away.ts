import type { ExecError } from '../support/exec-error.ts';

/** What a driver knows about an error beyond its code, in the context of the error. It decides what becomes of the execution. */
export interface AwayFacts {
  /** The runtime cannot be reached now; the same may succeed later, or elsewhere. */
  readonly runtimeAway?: true;
  /** The runtime works, but has no room for the sandbox now. */
  readonly runtimeFull?: true;
  /** A container was about to be started, and it is not known whether it was. */
  readonly mayHaveRun?: true;
}

/**
 * Returns why an execution may begin anew later: its runtime was out of reach or full before anything ran.
 * Undefined: it may not.
 */
export function reasonToWait({ code, context }: ExecError): 'runtime away' | 'runtime full' | undefined {
  if (code !== 'RUNTIME_UNAVAILABLE' || context.mayHaveRun === true) return undefined;
  if (context.runtimeFull === true) return 'runtime full';
  return context.runtimeAway === true ? 'runtime away' : undefined;
}
