import type { QueueDepths } from '../telemetry/agent-metrics.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { Attempt, ExecutionRecord, ExecutionState, Outcome, Progress } from '../wire/record/record.ts';
import type { Sentence } from '../wire/sentence.ts';

/** Orders what waits, leases it to one agent at a time, and keeps the record of every execution. */
export interface ExecutionQueue extends ExecutionRecords {
  /**
   * Queues the plan unless the same request is known already.
   * @throws ExecError QUEUE_FULL, INVALID_REQUEST when no running agent has the labels of its placement
   */
  submit(plan: ExecutionPlan, delivery: Delivery): Promise<Submitted>;
  /** What is asked of the queue in there, before it first waits for anything, goes to Redis in one piece. */
  atOnce<T>(ask: () => T): T;
  /** Whether this message is new to all agents: of one message that many agents receive, only the first delivery is. */
  recordDelivery(delivery: Delivery): Promise<'first' | 'again' | 'echo'>;
  /** The next execution, now leased to this agent; undefined when none waits or the queue is paused. */
  take(): Promise<Assignment | undefined>;
  /** Plans of those that this agent takes next, the first one first. */
  upcoming(count: number): Promise<readonly ExecutionPlan[]>;
  /** Where an execution waits, as it looks now; undefined for one that does not wait. Bounded work, however much waits. */
  placeOf(id: string): Promise<QueuePlace | undefined>;
  /** Prolongs the leases; returns the executions that are no longer this agent's. */
  renew(assignments: readonly Assignment[]): Promise<readonly Assignment[]>;
  /** Those of the executions whose records hold the mark of {@link ExecutionRecords.askToCancel}. */
  askedToCancel(assignments: readonly Assignment[]): Promise<readonly Assignment[]>;
  /** @returns false when the attempt is no longer the one that counts */
  keep(assignment: Assignment, progress: Progress): Promise<boolean>;
  /**
   * Records the outcome and publishes the answer, if there is one, in one step; false when the attempt no longer counts.
   * @throws ExecError CANCELED when its record holds the mark of {@link ExecutionRecords.askToCancel} and the outcome has another code
   */
  finish(attempt: HeldAttempt, outcome: Outcome, answer: Answer | undefined): Promise<boolean>;
  /** Finishes an execution that still waits; false when it does not (any more). */
  finishWaiting(id: string, outcome: Outcome, answer: Answer | undefined): Promise<boolean>;
  /** Publishes an answer that belongs to no execution of its own, or once more. */
  announce(answer: Answer): Promise<void>;
  /** Back to the queue, to be taken after the time; false when the attempt no longer counts. */
  requeue(attempt: HeldAttempt, delayMs: number, reason: RequeueReason): Promise<boolean>;
  /** Puts back what a vanished agent had not started yet; returns what it had, which nobody follows now. */
  expire(): Promise<readonly LostExecution[]>;
  /** Goes on with an attempt in this agent; undefined when somebody else did meanwhile. */
  adopt(lost: LostExecution): Promise<Assignment | undefined>;
  /** What agents work on, whether they still live or not. */
  held(): Promise<readonly LostExecution[]>;
  /** Whether an agent works on it, so that its sandbox must stay: agents of several homes may share an engine. */
  isHeld(executionId: string): Promise<boolean>;
  /** Whether the attempt still counts. */
  isCurrent(attempt: HeldAttempt): Promise<boolean>;
  /**
   * That object of the store will hold the whole output of the execution until its record goes; false when the attempt no
   * longer counts: nothing is noted, and nothing may be stored.
   */
  noteLog(
    executionId: string,
    fence: number,
    object: { readonly store: string; readonly name: string },
  ): Promise<boolean>;
  /** Names of objects in that store with outputs of executions that have no record. */
  orphanedLogs(store: string, most: number): Promise<readonly string[]>;
  /** They are removed. */
  forgetLogs(store: string, names: readonly string[]): Promise<void>;
  /** Removes records past their retention. */
  purge(): Promise<void>;
  /** Calls the listener whenever there may be work; returns how to stop that. */
  onWork(listener: () => void): () => void;
}

/** What can be known and said about executions without being an agent. */
export interface ExecutionRecords {
  /** By execution id, or by the latest correlation id of the tenant. */
  find(tenant: string, idOrCorrelationId: string): Promise<ExecutionRecord | undefined>;
  /** By execution id, of any tenant: for operators. */
  findAnyones(id: string): Promise<ExecutionRecord | undefined>;
  /** The execution that a message with this fingerprint has become. */
  findHeard(fingerprint: string): Promise<ExecutionRecord | undefined>;
  /** How far it is; undefined for an unknown one. */
  stateOf(id: string): Promise<ExecutionState | undefined>;
  depths(): Promise<QueueDepths>;
  /** Executions of the tenant that wait or run. */
  countOpen(tenant: string): Promise<number>;
  /**
   * Marks its record, so that the agent that holds it or takes it cancels it, also when no message reaches that agent.
   * Returns how far it is, null for an unknown one.
   */
  askToCancel(id: string): Promise<ExecutionState | null>;
  /** Removes the record of a finished execution; false when it is not (yet) one. */
  forget(id: string): Promise<boolean>;
  /** Newest first. */
  list(filter: ListFilter, page: ListPage): Promise<Listed>;
  /** How many executions of a period are in which state, and how they ended. */
  count(period: CountPeriod): Promise<Counts>;
  isPaused(): Promise<boolean>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** Where an execution waits. */
export interface QueuePlace {
  /** How many start before it, if nothing else arrives: tenants take turns, so later ones of others can come first. */
  readonly ahead: number;
  /** Only a part of those that wait was looked at, so there may be more. */
  readonly isLeast: boolean;
  /** The queue is paused. */
  readonly isPaused: boolean;
  /** When its next attempt is due, in epoch milliseconds; absent: it waits for its turn only. */
  readonly notBefore?: number;
  /**
   * About when it starts, in epoch milliseconds, if executions take as long as the last ones did; absent while nothing runs
   * or nothing has ended that says how long one takes.
   */
  readonly estimatedStartAt?: number;
}

/** One message, as one agent received it. */
export interface Delivery {
  /** Equal for equal messages. */
  readonly fingerprint: string;
  /** How long an equal message is the same request, in milliseconds. */
  readonly windowMs: number;
  /** Names a delivery that only one agent gets; absent: all agents receive the message. */
  readonly source?: string;
  /** The stream whose entry the source is: the entry is acknowledged and removed in the step that queues the plan. */
  readonly stream?: { readonly key: string; readonly group: string };
}

export type Submitted =
  | { readonly result: 'queued' }
  /** `echo`: another delivery of the same message; `again`: the message was sent once more. */
  | { readonly result: 'duplicate'; readonly of: string; readonly delivery: 'again' | 'echo' };

/** A message of a gateway, as it is sent. */
export interface Answer {
  /** Published there, and added to the stream of the same name. */
  readonly channel: string;
  readonly text: string;
  /** Whether the stream goes after the retention time; it is bounded in any case. Default: false. */
  readonly expires?: boolean;
}

export interface Assignment {
  readonly plan: ExecutionPlan;
  readonly attempt: Attempt;
  /** Epoch milliseconds, by the clock of Redis. */
  readonly submittedAt: number;
  /** Not known of one that another agent had begun. */
  readonly queuedMs: number | undefined;
  /** Someone asked to cancel it before it was taken. */
  readonly canceled: boolean;
  /** How often it was put back because its runtime was away. */
  readonly putBacks: number;
  /** Others that this agent can take waited in the queue, or any for their time, when this one was taken from it. */
  readonly othersWait: boolean;
}

/** Only with `again` does the attempt count as one; in the others nothing was started. */
export type RequeueReason = 'again' | 'released' | 'runtime away' | 'runtime full';

/** Names the attempt of an execution that an agent holds. */
export interface HeldAttempt {
  readonly plan: Pick<ExecutionPlan, 'id'>;
  readonly attempt: Pick<Attempt, 'fence'>;
}

/** An execution that an agent works on, or did until it vanished. */
export type LostExecution = Extract<ExecutionRecord, { state: 'staging' | 'running' | 'collecting' }>;

export interface ListFilter {
  readonly tenant?: string;
  /** The name of the gateway that it came through. */
  readonly gateway?: string;
  /** How execution ids begin. */
  readonly idPrefix?: string;
  /** How the execution id, the correlation id or the name begins. */
  readonly prefix?: string;
  /** Any of them. */
  readonly states?: readonly ExecutionState[];
  /** Any of them: `OK` or error codes. */
  readonly codes?: readonly string[];
  /** The agent that runs it or ran it. */
  readonly agent?: string;
  readonly name?: string;
  readonly image?: string;
  /** All of them. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  /** Epoch milliseconds of submission, both inclusive. */
  readonly since?: number;
  readonly until?: number;
}

export interface ListPage {
  /** The most entries; long ones make a page shorter. */
  readonly limit: number;
  /** Where the page before ended; absent: from the newest. */
  readonly cursor?: string;
}

export interface Listed {
  readonly executions: readonly ExecutionSummary[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface CountPeriod {
  /** Absent: of all tenants. */
  readonly tenant?: string;
  /** Epoch milliseconds of submission: from `since`, before `until`. */
  readonly since: number;
  readonly until: number;
  /** Parts of the period that are counted on their own. */
  readonly parts: number;
}

/** Numbers of executions by state, and of finished ones by code; what has none is left out. */
export interface CountsByName {
  readonly states: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
}

export interface Counts extends CountsByName {
  /** Oldest first. */
  readonly history: readonly (CountsByName & { readonly since: number })[];
}

export interface ExecutionSummary {
  readonly id: string;
  readonly correlationId: string | null;
  readonly tenant: string;
  readonly state: ExecutionState;
  readonly name?: string | undefined;
  readonly image: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The labels that it waits for, as no running agent has them all. */
  readonly waitsFor?: string | undefined;
  readonly submittedAt: number;
  /** When its container started. */
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** `OK` or an error code, once finished. */
  readonly code?: string | undefined;
  /** Why it failed. */
  readonly reason?: Sentence | undefined;
  readonly agent?: string | undefined;
}
