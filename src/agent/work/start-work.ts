import { setTimeout as pause } from 'node:timers/promises';
import type { ExecutionTools } from '../../execution/execution-tools.ts';
import { createWorkPool, type WorkPool } from '../../execution/work-pool.ts';
import type { HeldAttempt } from '../../queue/execution-queue.ts';
import type { Closer } from '../../support/time/closing.ts';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { Config } from '../config/config-schema.ts';
import { queueLimits } from '../config/derive-limits.ts';
import type { Records } from '../open/open-records.ts';
import { type Reconciler, startReconciler } from '../reconcile/start-reconciler.ts';
import { warmCountOf } from '../runtime/warm-options-of.ts';
import { surviveFaults } from '../watch/survive-faults.ts';
import type { TroubleWatch } from '../watch/watch-trouble.ts';
import { watchUpcoming } from '../watch/watch-upcoming.ts';
import type { Responses } from './create-responses.ts';
import { observeWork } from './observe-work.ts';
import { runAssignment } from './run-assignment.ts';

const pollMs = 1000;
// A busy agent waits this much before it takes more, in proportion to its load, so that a free one comes first.
const politenessMs = 5;

export interface WorkParts {
  readonly agent: string;
  readonly home: string;
  readonly leaseMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly records: Records;
  readonly tools: Omit<ExecutionTools, 'journal' | 'observe' | 'trace'>;
  readonly responses: Responses;
  readonly watch: TroubleWatch;
  readonly metrics: AgentMetrics;
  readonly tracing: Tracing | undefined;
  readonly closer: Closer;
  /** Removes what the store holds of executions that are forgotten. */
  readonly tidy: () => Promise<void>;
}

/** Takes over what an earlier agent left, then takes executions from the queue and runs them. */
export async function startWork(config: Config, parts: WorkParts): Promise<WorkPool> {
  const { agent, home, leaseMs, labels, records, tools, responses, watch, metrics, closer } = parts;
  const { queue, registry, deployment, liveLog } = records;
  const { runtime, logger } = tools;
  const slots = config.concurrency;
  let alone = true;
  let reconciler: Reconciler | undefined;
  const faults = surviveFaults({
    logger,
    count: metrics.faulted,
    fail: (executionId, error) => pool.fail(executionId, error),
  });
  closer.add(faults.close);
  const assignment = {
    queue,
    responses,
    tools,
    onEnd: watch.note,
    metrics,
    tracing: parts.tracing,
    observerOf: (work: Parameters<typeof observeWork>[0]) => observeWork(work, liveLog, logger),
    removeEarlier: async (attempt: HeldAttempt) => reconciler?.sweep(attempt),
  };
  const pool: WorkPool = createWorkPool({
    queue,
    slots,
    renewMs: leaseMs / 3,
    pollMs,
    run: (work) => faults.run(work.assignment.plan.id, () => runAssignment(work, assignment)),
    mayTake: async (load) => {
      if (!alone && load > 0) await pause(load * politenessMs);
      return (await watch.trouble()) === undefined;
    },
    logger,
  });
  closer.add(() => reconciler?.stop());
  closer.add(() => pool.drain(config.drainSeconds * 1000));
  reconciler = await startReconciler({
    queue,
    pool,
    runtime,
    deployment,
    home,
    responses,
    registry,
    shortage: watch.trouble,
    leaseMs,
    maxAttempts: queueLimits(config).maxAttempts,
    tidy: parts.tidy,
    entry: { id: agent, home, runtime: runtime.name, labels, slots },
    onAgents: (agents) => {
      alone = agents <= 1;
    },
    logger,
  });
  pool.start();
  const warm = { deployment, slots, count: warmCountOf(config), everyMs: pollMs, logger };
  closer.add(watchUpcoming({ queue, runtime, pool, ...warm }));
  return pool;
}
