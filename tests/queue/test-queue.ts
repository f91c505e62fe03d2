import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { createAgentRegistry } from '../../src/queue/agent-registry.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import type { QueueLimits, QueueOptions } from '../../src/queue/queue-options.ts';
import type { Outcome } from '../../src/wire/record/record.ts';

export const outcome: Outcome = { steps: [], output: 'done', phases: {}, warnings: [], startedAt: 1, finishedAt: 2 };
export const newDelivery = () => ({ fingerprint: randomUUID(), windowMs: 60_000 });

/** Lists agents with the labels as running. */
export function announcer(redis: Redis, prefix: string) {
  const registry = createAgentRegistry(redis, prefix, 60_000);
  const common = { home: 'h', host: 'h', version: '1', runtime: 'oci', slots: 1, busy: 0, startedAt: 0 };
  return {
    announce: (id: string, labels: Readonly<Record<string, string>>) =>
      registry.announce({ ...common, id, labels, seenAt: Date.now() }),
    withdraw: registry.withdraw,
  };
}

export type TestQueueOptions = Partial<Pick<QueueOptions, 'agent' | 'home' | 'weights' | 'labels'>> & {
  readonly limits?: Partial<QueueLimits>;
};

/** Queues on the Redis of the tests, with connections that `close` ends. */
export function createTestQueues(url = inject('redisUrl')) {
  const opened: Redis[] = [];
  const connect = () => {
    const redis = new Redis(url);
    opened.push(redis);
    return redis;
  };
  const connections = { redis: connect(), subscriber: connect() };
  // Each queue that is opened listens.
  connections.subscriber.setMaxListeners(0);
  return {
    redis: connections.redis,
    /** Agents that share a prefix share a queue. */
    open: (prefix: string, { limits, ...options }: TestQueueOptions = {}) =>
      openQueue({
        ...connections,
        prefix,
        agent: 'one',
        home: 'here',
        events: `${prefix}-events`,
        leaseMs: 60_000,
        ...options,
        limits: {
          retentionMs: 60_000,
          retained: 100_000,
          protectedMs: 60_000,
          maxWaiting: 100_000,
          agingMs: 30_000,
          echoMs: 5000,
          maxAttempts: 3,
          answersKept: 100,
          liveLogMs: 1000,
          ...limits,
        },
      }),
    close() {
      for (const redis of opened.splice(0)) redis.disconnect();
    },
  };
}
