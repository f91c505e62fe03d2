import type { Policy } from '../../admission/policy/policy.ts';
import type { ScanStore } from '../../admission/scan/scan-store.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { AgentRegistry } from '../../queue/agent-registry.ts';
import type { EventHistory } from '../../queue/event-history.ts';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import type { LiveLog } from '../../queue/live-log.ts';
import type { EventHub } from '../../queue/watch-events.ts';
import type { ImageStore } from '../../runtimes/runtime.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { ExecutionPlan, PlanDraft } from '../../wire/plan/plan.ts';
import type { ExecutionRecord } from '../../wire/record/record.ts';
import type { Drafter } from '../message/draft/create-drafter.ts';

export interface HttpLimits {
  readonly maxMessageBytes: number;
  readonly maxUploadBytes: number;
  /** How long the removal of the objects of an execution may take, in milliseconds. */
  readonly requestMs: number;
  /** The longest `?wait=`, in milliseconds. */
  readonly maxWaitMs: number;
  /** Requests of a tenant that `?wait=` may hold at once. */
  readonly waitsPerTenant: number;
  /** Executions of a tenant that may wait or run. */
  readonly openPerTenant: number;
  /** How long the same id and body are the same request, in milliseconds. */
  readonly dedupeMs: number;
}

export interface HttpOptions {
  readonly queue: ExecutionQueue;
  readonly liveLog: LiveLog;
  readonly events: EventHub;
  readonly eventHistory: EventHistory;
  readonly registry: AgentRegistry;
  readonly images: Pick<ImageStore, 'list' | 'ensure' | 'prune' | 'remove'>;
  /** What scanners have found so far. */
  readonly scans: Pick<ScanStore, 'find'>;
  readonly store: ObjectStore;
  readonly draft: Drafter['draft'];
  readonly admit: (draft: PlanDraft) => ExecutionPlan;
  /** What requests are admitted by, as it is now. */
  readonly policy: () => Policy;
  /** The answer to a finished execution, as JSON text. */
  readonly answerTo: (record: Extract<ExecutionRecord, { state: 'finished' }>) => Promise<string>;
  /** Asks all agents. */
  readonly cancel: (executionId: string) => Promise<void>;
  readonly responseChannel: string;
  /** Where containers find their services. */
  readonly servicePort: number;
  /** Beginnings of object names that every tenant may read. */
  readonly sharedObjects: readonly string[];
  readonly limits: HttpLimits;
  readonly clock: Clock;
}
