import type { AuditLog } from '../../access/audit-log.ts';
import type { TokenStore } from '../../access/token-store.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { AgentRegistry } from '../../queue/agent-registry.ts';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import type { LiveLog } from '../../queue/live-log.ts';
import type { EventHub } from '../../queue/watch-events.ts';
import type { ImageStore } from '../../runtimes/runtime.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionPlan, PlanDraft } from '../../wire/plan.ts';
import type { ExecutionRecord } from '../../wire/record.ts';

export interface HttpLimits {
  readonly maxMessageBytes: number;
  readonly maxUploadBytes: number;
  readonly maxConnections: number;
  /** Open connections of one caller: a tenant, or an address without a token. */
  readonly connectionsPerCaller: number;
  /** How long headers may take to arrive, in milliseconds; the whole request; how long nothing may come or go. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** The longest `?wait=`, in milliseconds. */
  readonly maxWaitMs: number;
  /** How often a stream of events says that it is still there, in milliseconds. */
  readonly heartbeatMs: number;
  /** Streams of logs and events that a tenant may have open. */
  readonly streamsPerTenant: number;
  /** Requests of a tenant that `?wait=` may hold at once. */
  readonly waitsPerTenant: number;
  /** Requests per second and tenant; 0: no limit. */
  readonly requestsPerSecond: number;
  /** Executions of a tenant that may wait or run. */
  readonly openPerTenant: number;
  /** How long the same id and body are the same request, in milliseconds. */
  readonly dedupeMs: number;
}

export interface HttpOptions {
  readonly queue: ExecutionQueue;
  readonly liveLog: LiveLog;
  readonly events: EventHub;
  readonly registry: AgentRegistry;
  readonly images: Pick<ImageStore, 'list'>;
  readonly store: ObjectStore;
  readonly tokens: TokenStore;
  readonly audit: AuditLog;
  readonly admit: (draft: PlanDraft) => ExecutionPlan;
  /** The answer to a finished execution, as JSON text. */
  readonly answerTo: (record: Extract<ExecutionRecord, { state: 'finished' }>) => string;
  /** Asks all agents. */
  readonly cancel: (executionId: string) => Promise<void>;
  readonly metrics: Pick<AgentMetrics, 'answered' | 'text'>;
  /** Why no request can be served just now; undefined: it can. */
  readonly trouble: () => Promise<string | undefined>;
  /** Whether Redis is there, without asking it. */
  readonly isConnected: () => boolean;
  readonly responseChannel: string;
  /** Where containers find their services. */
  readonly servicePort: number;
  /** Origins of web pages that may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Beginnings of object names that every tenant may read. */
  readonly sharedObjects: readonly string[];
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}
