import type { Failure, Outcome, Progress } from '../wire/record/record.ts';

/** Records the progress of one attempt of an execution. */
export interface Journal {
  /** @throws ExecError AGENT_LOST when another attempt has taken over. */
  keep(progress: Progress): Promise<void>;
  /**
   * For an attempt that started no container because the runtime is unavailable or full. It does not count.
   * @returns true when the execution goes back to the queue; false when it fails
   */
  putBack(failure: Failure, reason: 'runtime away' | 'runtime full'): boolean;
  /**
   * Records the outcome once and publishes the response. Waits while Redis is unavailable.
   * @returns false when another attempt has taken over; it may use the same sandbox
   */
  finish(outcome: Outcome): Promise<boolean>;
}
