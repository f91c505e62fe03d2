import type { Failure, Outcome, Progress } from '../wire/record.ts';

/** Where one attempt of an execution writes down how far it is. */
export interface Journal {
  /** @throws ExecError AGENT_LOST when another attempt has taken over. */
  keep(progress: Progress): Promise<void>;
  /**
   * Nothing was started, for the runtime is away: whether the execution goes back to the queue instead of being answered.
   */
  putBack(failure: Failure): boolean;
  /**
   * Records the outcome once and answers; waits for a Redis that is away.
   * @returns false when another attempt has taken over, whose sandbox may be the same one
   */
  finish(outcome: Outcome): Promise<boolean>;
}
