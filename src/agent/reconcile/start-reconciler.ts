import { hostname } from 'node:os';
import { recoverLost } from '../../execution/recover-lost.ts';
import type { WorkPool } from '../../execution/work-pool.ts';
import type { AgentEntry, AgentRegistry } from '../../queue/agent-registry.ts';
import type { ExecutionQueue, HeldAttempt, LostExecution } from '../../queue/execution-queue.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import { packageVersion } from '../../support/files/package-version.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import { mayBeAlive } from '../agent-identity.ts';
import type { Responses } from '../work/create-responses.ts';
import { createLeasePatience } from './lease-patience.ts';
import { recoverExpired } from './recover-expired.ts';
import { recoverPredecessors } from './recover-predecessors.ts';
import { retryOrFailLost } from './retry-or-fail-lost.ts';

export interface ReconcilerOptions {
  readonly queue: Pick<
    ExecutionQueue,
    'adopt' | 'expire' | 'finish' | 'held' | 'isCurrent' | 'isHeld' | 'purge' | 'requeue'
  >;
  readonly pool: Pick<WorkPool, 'load' | 'renew' | 'resume' | 'worksOn'>;
  readonly runtime: Pick<Runtime, 'sweep'>;
  readonly deployment: string;
  readonly home: string;
  readonly responses: Pick<Responses, 'announce'>;
  readonly registry: Pick<AgentRegistry, 'announce' | 'list' | 'withdraw'>;
  readonly shortage: () => Promise<string | undefined>;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** After records were purged. */
  readonly tidy: () => Promise<void>;
  readonly entry: Pick<AgentEntry, 'id' | 'home' | 'runtime' | 'labels' | 'slots'>;
  /** Called with the number of agents that serve the queue. */
  readonly onAgents: (agents: number) => void;
  readonly logger: Logger;
}

export interface Reconciler {
  /** Removes sandboxes here that belong to no execution, or to this one while the attempt counts: a later one has its own. */
  sweep(alsoOf?: HeldAttempt): Promise<void>;
  stop(): Promise<void>;
}

/**
 * What an agent does besides its work: takes over the executions of an agent that is gone, at the start and when a lease
 * expires; removes orphaned sandboxes; purges old records; announces the agent.
 */
export async function startReconciler(options: ReconcilerOptions): Promise<Reconciler> {
  const { queue, pool, runtime, home, registry, entry, logger } = options;
  const startedAt = systemClock.now();
  const recovery = {
    queue,
    pool,
    home,
    logger,
    maxAttempts: options.maxAttempts,
    retryOrFail: (lost: LostExecution) =>
      retryOrFailLost(lost, { queue, responses: options.responses, clock: systemClock, logger }),
  };

  const sweep = async (alsoOf?: HeldAttempt) => {
    const isKnown = async (executionId: string) =>
      executionId === alsoOf?.plan.id
        ? !(await queue.isCurrent(alsoOf))
        : pool.worksOn(executionId) || (await queue.isHeld(executionId));
    const swept = await runtime.sweep(options.deployment, isKnown);
    if (swept.length > 0) logger.info({ swept }, 'orphaned sandboxes removed');
  };

  const announce = async () => {
    const now = systemClock.now();
    const short = await options.shortage();
    const facts = { ...entry, host: hostname(), version: packageVersion(), busy: pool.load(), startedAt, seenAt: now };
    await registry.announce({ ...facts, ...(short === undefined ? {} : { short }) });
    options.onAgents((await registry.list(now)).length);
  };

  const recover = async (lost: LostExecution) => {
    try {
      await recoverLost(lost, recovery);
    } catch (error) {
      // One that cannot be recovered is tried again in a lease; the others do not wait for it.
      logger.error({ err: error, execution: lost.plan.id }, 'an execution could not be recovered');
    }
  };

  const isPredecessors = async ({ attempt }: LostExecution) =>
    attempt.home === home && attempt.agent !== entry.id && !(await mayBeAlive(attempt.agent));

  const round = async () => {
    await announce();
    // Leases that ran out while this process stood still are its own as long as no other agent took them.
    await pool.renew();
    const expired = patience.mayTakeOver() ? await queue.expire() : [];
    await recoverExpired(expired, { agent: entry.id, worksOn: pool.worksOn, recover });
    await queue.purge();
    await options.tidy();
    await sweep();
  };

  await announce();
  await recoverPredecessors(await queue.held(), { isPredecessors, sweep, recover });
  await sweep();

  const patience = createLeasePatience(options.leaseMs);
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  let noting: Promise<void> | undefined;
  const noteReply = () => {
    noting ??= announce()
      .then(patience.noteReply)
      // The round says what is wrong.
      .catch(() => undefined)
      .finally(() => {
        noting = undefined;
      });
  };
  const timer = setInterval(() => {
    // A round that takes long, such as on a slow engine, is no sign that Redis is away.
    if (busy) return noteReply();
    busy = true;
    running = round()
      .catch((error: unknown) => logger.warn({ err: error }, 'reconciling failed; it is tried again'))
      .finally(() => {
        busy = false;
      });
  }, options.leaseMs / 3);

  return {
    sweep,
    async stop() {
      clearInterval(timer);
      await Promise.all([running, noting]);
      await registry.withdraw(entry.id);
    },
  };
}
