import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';
import { systemClock } from '../support/time/clock.ts';
import { queueKeys } from './keys.ts';
import type { Labels } from './placement.ts';

const agentEntrySchema = z.object({
  id: z.string(),
  home: z.string(),
  host: z.string(),
  version: z.string(),
  runtime: z.string(),
  /** What requests can ask of it; absent from agents of an older version. */
  labels: z.record(z.string(), z.string()).optional(),
  slots: z.number(),
  /** Executions it works on. */
  busy: z.number(),
  /** Why it takes no more work; absent: it does. */
  short: z.string().optional(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  seenAt: z.number(),
});

export type AgentEntry = z.infer<typeof agentEntrySchema>;

/** Which agents serve this queue, as they say themselves. */
export interface AgentRegistry {
  /** Also forgets the agents that are gone. */
  announce(entry: AgentEntry): Promise<void>;
  withdraw(id: string): Promise<void>;
  /** Those that reported lately. */
  list(now: number): Promise<readonly AgentEntry[]>;
  /** What each agent carries that reported lately. */
  labels(): Promise<readonly Labels[]>;
}

/** @param silentMs after how long an agent that does not report counts as gone */
export function createAgentRegistry(redis: AnyRedis, prefix: string, silentMs: number): AgentRegistry {
  const { agents } = queueKeys(prefix);
  const read = async () =>
    Object.values(await redis.hgetall(agents)).flatMap(
      // An agent of another version may describe itself in another way.
      (text) => readJson(text, agentEntrySchema).data ?? [],
    );
  const isGone = ({ seenAt }: AgentEntry, now: number) => now - seenAt > silentMs;
  return {
    async announce(entry) {
      await redis.hset(agents, entry.id, JSON.stringify(entry));
      const gone = (await read()).filter((each) => isGone(each, entry.seenAt));
      if (gone.length > 0) await redis.hdel(agents, ...gone.map(({ id }) => id));
    },
    withdraw: async (id) => void (await redis.hdel(agents, id)),
    list: async (now) => (await read()).filter((entry) => !isGone(entry, now)),
    async labels() {
      const now = systemClock.now();
      return (await read()).flatMap((entry) => (isGone(entry, now) ? [] : [entry.labels ?? {}]));
    },
  };
}
