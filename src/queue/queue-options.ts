import type { AnyRedis } from '../support/any-redis.ts';

export interface QueueOptions {
  readonly redis: AnyRedis;
  /** A connection of its own: one that subscribes can do nothing else. */
  readonly subscriber: AnyRedis;
  readonly prefix: string;
  /** This agent's name in leases. */
  readonly agent: string;
  /** Where this agent's sandboxes are: an agent of the same home can go on with them. */
  readonly home: string;
  /** Channel of state changes. */
  readonly events: string;
  readonly leaseMs: number;
  /** What requests can ask an agent to carry, by name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Shares of the tenants, by name; 1 for those without one. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly limits: QueueLimits;
  /** Called with each record that could not be read and was taken out of the queue. */
  readonly onSetAside?: (record: SetAside) => void;
}

/** What is known of a record that cannot be read. */
export interface SetAside {
  readonly id: string;
  readonly problem: string;
  /** Its response was sent already. */
  readonly isFinished: boolean;
  /** Absent: not known. */
  readonly tenant: string | undefined;
  /** Absent: not known. */
  readonly gateway: string | undefined;
  readonly correlationId: string | null;
}

export interface QueueLimits {
  /** How long the record of a finished execution is kept. */
  readonly retentionMs: number;
  /** How many of them are kept at most, once they are older than `protectedMs`. */
  readonly retained: number;
  readonly protectedMs: number;
  readonly maxWaiting: number;
  /** Bytes of plans that one tenant may have waiting or running; absent: no limit. */
  readonly tenantBytes?: number;
  /** How far one point of priority moves a request ahead, in milliseconds of waiting. */
  readonly agingMs: number;
  /** How long after the first delivery the hearings of other agents still mean the same message. */
  readonly echoMs: number;
  /** How often an execution is begun anew when its agent vanishes before the container's start. */
  readonly maxAttempts: number;
  /** How many answers the answer stream holds, about. */
  readonly answersKept: number;
  /** How long the live log can still be read after the end. */
  readonly liveLogMs: number;
}
