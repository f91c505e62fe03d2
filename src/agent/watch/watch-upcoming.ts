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
  let announced = 0;
  const look = async () => {
    const plans = pool.load() < slots ? [] : await queue.upcoming(count);
    if (plans.length === 0 && announced === 0) return;
    announced = plans.length;
    runtime.expect?.(plans.map((plan) => upcomingOf(plan, deployment)));
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.debug({ err: error }, 'what waits is not known just now'));
  }, everyMs).unref();
  return () => clearInterval(timer);
}

function upcomingOf(plan: ExecutionPlan, deployment: string): UpcomingSandbox {
  const { volumes, scratch, resources, confinement, network, secrets = [], steps } = plan;
  const { mode, ports, services } = network;
  const own = services.length > 0 || ports.length > 0 ? 'own' : 'none';
  const needs = {
    network: mode === 'open' ? mode : own,
    secretFiles: secrets.some((secret) => secret.as === 'file'),
  } as const;
  return { deployment, volumes, scratch, resources, confinement, needs, steps };
}
