import type { WorkPool } from '../../execution/work-pool.ts';
import type { ExecutionQueue } from '../../queue/execution-queue.ts';
import type { Runtime, UpcomingSandbox } from '../../runtimes/runtime.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';

export interface UpcomingOptions {
  readonly queue: Pick<ExecutionQueue, 'upcoming'>;
  readonly runtime: Pick<Runtime, 'expect'>;
  readonly pool: Pick<WorkPool, 'load'>;
  readonly deployment: string;
  readonly slots: number;
  /** How many of those that wait are looked at; 0: none. */
  readonly count: number;
  readonly everyMs: number;
  readonly logger: Logger;
}

/** While all slots are in use, announces the next executions to the runtime. Returns a function that stops it. */
export function watchUpcoming(options: UpcomingOptions): () => void {
  const { queue, runtime, pool, deployment, slots, count, everyMs, logger } = options;
  if (count === 0 || runtime.expect === undefined) return () => undefined;
  const look = async () => {
    const plans = pool.load() < slots ? [] : await queue.upcoming(count);
    runtime.expect?.(plans.flatMap((plan) => upcomingOf(plan, deployment)));
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.debug({ err: error }, 'what waits is not known just now'));
  }, everyMs).unref();
  return () => clearInterval(timer);
}

/** Nothing of what needs services or secrets as files can be made ready. */
function upcomingOf(plan: ExecutionPlan, deployment: string): readonly UpcomingSandbox[] {
  const { volumes, scratch, resources, confinement, network, secrets = [] } = plan;
  const { steps } = plan;
  if (network.services.length > 0 || secrets.some((secret) => secret.as === 'file')) return [];
  const { mode, ports } = network;
  return [{ deployment, volumes, scratch, resources, confinement, network: { mode, ports }, steps }];
}
