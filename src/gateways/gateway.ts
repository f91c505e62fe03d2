import type { HttpModule } from '../http/http-room.ts';
import type { Answer } from '../queue/execution-queue.ts';
import type { ExecError } from '../support/exec-error.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { Attempt, Outcome } from '../wire/record/record.ts';
import type { PartNames } from '../wire/sentence.ts';

export interface FinishedExecution {
  readonly plan: ExecutionPlan;
  /** Absent: it was never taken by an agent. */
  readonly attempt?: Attempt | undefined;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  readonly outcome: Outcome;
}

/** An execution whose record cannot be read, so that no more than this is known of it. */
export interface UnreadableExecution {
  readonly executionId: string;
  readonly correlationId: string | null;
  readonly tenant: string;
  readonly error: ExecError;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * How the executions of one gateway are reported. Plans carry the gateway's name and an address that only the gateway
 * writes and reads.
 */
export interface Responder {
  /** What its users call the parts of a plan, for errors and warnings. */
  readonly partNames: PartNames;
  /** The message that is sent in the step that records the outcome; undefined: callers ask for the result. */
  announce(finished: FinishedExecution): Promise<Answer | undefined>;
  announceUnreadable(execution: UnreadableExecution): Answer | undefined;
}

/** One way in for requests, and out for responses. */
export interface Gateway<Parts> {
  /** Recorded in the plans that it makes. */
  readonly name: string;
  readonly responder: Responder;
  /** Its routes; called with the first HTTP request. */
  readonly openHttpModule?: (parts: Parts) => Promise<HttpModule>;
}
