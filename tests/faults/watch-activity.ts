import { Redis } from 'ioredis';
import { z } from 'zod';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { readRecord } from '../../src/queue/records/read-record.ts';
import { becomesTrue } from '../parts/poll.ts';

/** An execution that an agent works on. */
export interface Activity {
  readonly id: string;
  readonly state: 'staging' | 'running' | 'collecting';
  /** The id of its agent, which has the process of that. */
  readonly agent: string;
  readonly fence: number;
  /** The name of its pod, once that is recorded. */
  readonly pod: string | undefined;
  /** The command of its first step. */
  readonly command: readonly string[];
  /** When that was started, in epoch milliseconds; undefined: it was not. */
  readonly startedAt: number | undefined;
}

/** Which executions a fault meets. */
export interface ActivityWatch {
  active(): Promise<readonly Activity[]>;
  /** Waits until some are wanted, and returns these. @throws when there are none for long */
  until(isWanted: (each: Activity) => boolean): Promise<readonly Activity[]>;
  /** The executions that were active at any time while the work lasted. */
  during(work: () => Promise<void>): Promise<readonly string[]>;
  /** Those that wait for their next attempt. */
  putBack(): Promise<readonly string[]>;
  close(): void;
}

const states = ['staging', 'running', 'collecting'] as const;
const podHandle = z.object({ pod: z.string() });
const patienceMs = 300_000;
const lookMs = 200;

export function watchActivity(config: Config): ActivityWatch {
  const redis = new Redis(config.redisUrl ?? '', { maxRetriesPerRequest: null });
  // It comes back, and says so by going on.
  redis.on('error', () => undefined);
  const keys = queueKeys(config.keyPrefix);

  const activityOf = async (id: string): Promise<readonly Activity[]> => {
    const record = await readRecord(redis, keys.execution(id));
    const state = states.find((each) => each === record?.state);
    if (record === undefined || state === undefined || record.state === 'finished' || record.state === 'queued')
      return [];
    const { agent, fence } = record.attempt;
    const { pod } = podHandle.safeParse(record.sandbox).data ?? {};
    const startedAt = record.state === 'staging' ? undefined : record.startedAt;
    return [{ id, state, agent, fence, pod, command: record.plan.steps[0]?.command ?? [], startedAt }];
  };
  const active = async () => {
    const ids = await Promise.all(states.map((state) => redis.zrange(keys.index(`state:${state}`), '0', '-1')));
    return (await Promise.all([...new Set(ids.flat())].map(activityOf))).flat();
  };
  return {
    active,
    async until(isWanted) {
      let found: readonly Activity[] = [];
      await becomesTrue(async () => {
        found = (await active()).filter(isWanted);
        return found.length > 0;
      }, patienceMs);
      if (found.length === 0) throw new Error('no execution was there for the fault to meet');
      return found;
    },
    async during(work) {
      const met = new Set((await active()).map(({ id }) => id));
      let isOver = false;
      const looking = (async () => {
        while (!isOver) {
          for (const { id } of await active()) met.add(id);
          await new Promise((resolve) => setTimeout(resolve, lookMs));
        }
      })();
      try {
        await work();
      } finally {
        isOver = true;
        await looking;
      }
      return [...met];
    },
    putBack: () => redis.zrange(keys.delayed, '0', '-1'),
    close: () => redis.disconnect(),
  };
}
