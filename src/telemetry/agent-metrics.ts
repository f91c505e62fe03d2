import type { Outcome } from '../wire/record/record.ts';

export interface QueueDepths {
  readonly waiting: number;
  /** Those of them that wait for labels that no running agent has. */
  readonly unplaced: number;
  /** Waits for its next attempt. */
  readonly delayed: number;
  readonly leased: number;
  /** Epoch milliseconds; absent when nothing waits. */
  readonly oldestQueuedAt: number | undefined;
  /** Nothing is taken until it is resumed. */
  readonly paused: boolean;
  readonly now: number;
}

/** Of the networks that containers are given. */
export interface NetworkCounts {
  /** Kept ready now. */
  readonly ready: number;
  /** Those that were ready when they were needed, since the start. */
  readonly takenReady: number;
  /** Those that had to be made while an execution waited. */
  readonly waitedFor: number;
}

/** Of the containers that wait for their command. */
export interface WarmCounts {
  /** Waiting now. */
  readonly ready: number;
  /** Executions that began in one, since the start. */
  readonly used: number;
  /** Those that did not, by the reason. */
  readonly cold: Readonly<Record<string, number>>;
}

/** What is only looked at when somebody asks for the metrics. */
export interface MetricSources {
  readonly version: string;
  readonly runtime: string;
  readonly slots: number;
  readonly busy: () => number;
  readonly queue: () => Promise<QueueDepths>;
  /** Undefined: this runtime makes none. */
  readonly networks: () => NetworkCounts | undefined;
  /** Undefined: none wait. */
  readonly warm: () => WarmCounts | undefined;
}

/** What an agent counts, in Prometheus' terms. */
export interface AgentMetrics {
  finished(outcome: Outcome): void;
  retried(): void;
  /** An error that no code has handled. */
  faulted(): void;
  /** A record that cannot be read was taken out of the queue. */
  setAside(): void;
  /** Bytes of inputs that are in a workspace now. */
  staged(bytes: number): void;
  pulled(bytes: number, result: 'ok' | 'failed'): void;
  /** @param request.route with names in place of ids: `/v1/executions/:id` */
  answered(request: AnsweredRequest): void;
  /** By the name of the service. */
  serviceUse(): Promise<ReadonlyMap<string, ServiceUse>>;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** By executions that finished here since the start. */
export interface ServiceUse {
  readonly calls: number;
  readonly errors: number;
  readonly tokens: number;
}

export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}
