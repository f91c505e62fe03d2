import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionQueue } from '../../src/queue/execution-queue.ts';
import { planOf } from '../../tests/executions/example-plan.ts';

export interface BurstOptions {
  readonly queue: Pick<ExecutionQueue, 'submit' | 'atOnce'>;
  readonly executions: number;
  /** Tenants and the sizes of their bursts. */
  readonly tenants: readonly Tenant[];
  /** The next burst arrives when fewer than this are queued or running. */
  readonly backlog: number;
  readonly ended: () => number;
  readonly windowMs: number;
}

export interface Tenant {
  readonly name: string;
  readonly burst: number;
}

const pollMs = 5;

/** Sends bursts of the tenants in turn, and the next one when the agents have caught up with most of the last. */
export async function sendBursts(options: BurstOptions): Promise<void> {
  const { queue, executions, tenants, backlog, ended, windowMs } = options;
  let sent = 0;
  while (sent < executions) {
    for (const { name, burst } of tenants) {
      const first = sent;
      sent = Math.min(executions, sent + burst);
      const ids = Array.from({ length: sent - first }, (_, at) => String(first + at));
      await Promise.all(
        queue.atOnce(() => ids.map((id) => queue.submit(simulated(id, name), { fingerprint: id, windowMs }))),
      );
    }
    while (sent - ended() > backlog) await delay(pollMs);
  }
}

function simulated(id: string, tenant: string) {
  return planOf({
    correlationId: id,
    tenant,
    name: `job-${Number(id) % 100}`,
    tags: { team: String(Number(id) % 10) },
    timeoutSeconds: 300,
  });
}
