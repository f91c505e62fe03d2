import type { AnyRedis } from '../../support/any-redis.ts';
import { executionStateSchema } from '../../wire/live.ts';
import { createAgentRegistry } from '../agent-registry.ts';
import type { ExecutionRecords } from '../execution-queue.ts';
import { queueKeys } from '../keys.ts';
import { carries, parsePlacement } from '../placement.ts';
import { cancelScript } from '../scripts/cancel.ts';
import { forgetScript } from '../scripts/forget.ts';
import { runScript } from '../scripts/parts/script.ts';
import { countExecutions } from './count-executions.ts';
import { openIndexOf } from './index-names.ts';
import { listExecutions } from './list-executions.ts';
import { readRecord } from './read-record.ts';

/**
 * The records of the queue with that prefix.
 * @param silentMs after how long an agent that does not report counts as gone
 */
export function openRecords(redis: AnyRedis, prefix: string, silentMs: number): ExecutionRecords {
  const keys = queueKeys(prefix);
  const registry = createAgentRegistry(redis, prefix, silentMs);
  /** How many wait for labels that no running agent has. */
  const countUnplaced = async () => {
    const placements = (await redis.smembers(keys.placements)).filter((placement) => placement !== '');
    if (placements.length === 0) return 0;
    const agents = await registry.labels();
    const unplaced = placements.filter(
      (placement) => !agents.some((labels) => carries(labels, parsePlacement(placement))),
    );
    const flows = await Promise.all(
      unplaced.map(async (placement) => {
        const tenants = await redis.smembers(keys.tenants(placement));
        return tenants.map((tenant) => keys.flow(placement, tenant));
      }),
    );
    const sizes = await Promise.all(flows.flat().map((flow) => redis.zcard(flow)));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  return {
    async find(tenant, idOrCorrelationId) {
      const direct = await readRecord(redis, keys.execution(idOrCorrelationId));
      if (direct !== undefined) return direct.plan.tenant === tenant ? direct : undefined;
      const id = await redis.get(keys.correlation(tenant, idOrCorrelationId));
      return id === null ? undefined : readRecord(redis, keys.execution(id));
    },
    findAnyones: (id) => readRecord(redis, keys.execution(id)),
    async findHeard(fingerprint) {
      const id = await redis.hget(keys.heard(fingerprint), 'execution');
      return id === null ? undefined : readRecord(redis, keys.execution(id));
    },
    isPaused: async () => (await redis.exists(keys.paused)) === 1,
    async stateOf(id) {
      const state = await redis.hget(keys.execution(id), 'state');
      return state === null ? undefined : executionStateSchema.parse(state);
    },
    async depths() {
      const [queued, delayed, leased, [, oldest], [seconds], unplaced, paused] = await Promise.all([
        redis.zcard(keys.index('state:queued')),
        redis.zcard(keys.delayed),
        redis.zcard(keys.leases),
        redis.zrange(keys.index('state:queued'), '0', '0', 'WITHSCORES'),
        redis.time(),
        countUnplaced(),
        redis.exists(keys.paused),
      ]);
      const oldestQueuedAt = oldest === undefined ? undefined : Number(oldest);
      const waiting = Math.max(queued - delayed, 0);
      const now = Number(seconds) * 1000;
      return { waiting, unplaced, delayed, leased, oldestQueuedAt, paused: paused === 1, now };
    },
    countOpen: (tenant) => redis.zcard(keys.index(openIndexOf(tenant))),
    async askToCancel(id) {
      const state = await runScript(redis, cancelScript, [keys.execution(id)], []);
      return executionStateSchema.nullable().parse(state);
    },
    async forget(id) {
      const touched = [keys.execution(id), keys.finished, keys.liveLog(id)];
      return (await runScript(redis, forgetScript, touched, [keys.base, id])) === 1;
    },
    count: (period) => countExecutions(redis, keys, period),
    list: (filter, page) => listExecutions(redis, keys, { filter, page, agents: registry.labels }),
    pause: async () => void (await redis.set(keys.paused, '1')),
    async resume() {
      await redis.del(keys.paused);
      await redis.publish(keys.wake, '');
    },
  };
}
