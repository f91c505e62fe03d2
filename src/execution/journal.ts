import type { Outcome, Progress } from '../wire/record.ts';

/** Where one attempt of an execution writes down how far it is. */
export interface Journal {
  /** @throws ExecError AGENT_LOST when another attempt has taken over. */
  keep(progress: Progress): Promise<void>;
  /**
   * Records the outcome once and answers; waits for a Redis that is away.
   * @returns false when another attempt has taken over, whose sandbox may be the same one
   */
  finish(outcome: Outcome): Promise<boolean>;
}
