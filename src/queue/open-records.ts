import type { Redis } from 'ioredis';
import type { ExecutionRecords } from './execution-queue.ts';
import { queueKeys } from './keys.ts';
import { listExecutions } from './list-executions.ts';
import { readRecord } from './read-record.ts';

/** The records of the queue with that prefix. */
export function openRecords(redis: Redis, prefix: string): ExecutionRecords {
  const keys = queueKeys(prefix);
  return {
    async find(tenant, idOrCorrelationId) {
      const direct = await readRecord(redis, keys.execution(idOrCorrelationId));
      if (direct !== undefined) return direct.plan.tenant === tenant ? direct : undefined;
      const id = await redis.get(keys.correlation(tenant, idOrCorrelationId));
      return id === null ? undefined : readRecord(redis, keys.execution(id));
    },
    list: (filter, page) => listExecutions(redis, keys, filter, page),
    pause: async () => void (await redis.set(keys.paused, '1')),
    async resume() {
      await redis.del(keys.paused);
      await redis.publish(keys.wake, '');
    },
  };
}
