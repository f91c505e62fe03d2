import type { AnyRedis } from '../support/any-redis.ts';
import { readJson } from '../support/json/read-json.ts';
import { type ExecutionEvent, executionEventSchema } from '../wire/live.ts';
import { queueKeys } from './keys.ts';

/** Changes of state that are kept for readers that come back, about so many of all tenants. */
export const eventsKept = 10_000;

const entriesAtOnce = 200;
const position = /^\d{1,20}-\d{1,20}$/;

/** The last changes of state of the whole deployment, in order. Each has a position (`event_id`). */
export interface EventHistory {
  /** The position of the last change so far. */
  newest(): Promise<string>;
  /** Whether all that came after the position is still kept. */
  reachesBack(after: string): Promise<boolean>;
  /** What came after the position, oldest first, without what concerns executions that were deleted since. */
  read(after: string): AsyncIterable<ExecutionEvent>;
}

export function createEventHistory(redis: AnyRedis, prefix: string): EventHistory {
  const keys = queueKeys(prefix);

  const eventsOf = async (entries: readonly (readonly [string, string[]])[]) => {
    const pipeline = redis.pipeline();
    for (const [, [, id = '']] of entries) pipeline.hget(keys.execution(id), 'meta');
    const facts = (await pipeline.exec()) ?? [];
    return entries.flatMap(([eventId, fields], index) => eventOf(eventId, fields, facts[index]?.[1]));
  };

  return {
    async newest() {
      const [last] = await redis.xrevrange(keys.events, '+', '-', 'COUNT', 1);
      return last?.[0] ?? '0-0';
    },
    async reachesBack(after) {
      if (!position.test(after)) return false;
      const [[oldest], [newest]] = await Promise.all([
        redis.xrange(keys.events, '-', '+', 'COUNT', 1),
        redis.xrevrange(keys.events, '+', '-', 'COUNT', 1),
      ]);
      if (oldest === undefined || newest === undefined) return after === '0-0';
      const isBehindFirst = after === '0-0' ? await wasNeverCut(redis, keys.events) : !isAfter(oldest[0], after);
      return isBehindFirst && !isAfter(after, newest[0]);
    },
    async *read(after) {
      for (let last = after; ; ) {
        const entries = await redis.xrange(keys.events, `(${last}`, '+', 'COUNT', entriesAtOnce);
        yield* await eventsOf(entries);
        last = entries.at(-1)?.[0] ?? last;
        if (entries.length < entriesAtOnce) return;
      }
    },
  };
}

/** Whether a position comes after another one. */
export function isAfter(one: string, other: string): boolean {
  const [[ms = '', count = ''], [otherMs = '', otherCount = '']] = [one.split('-'), other.split('-')];
  return ms === otherMs ? BigInt(count) > BigInt(otherCount) : BigInt(ms) > BigInt(otherMs);
}

/** A reader that came before the first change has missed none, as long as the first one is still there. */
async function wasNeverCut(redis: AnyRedis, key: string): Promise<boolean> {
  return (await redis.xlen(key)) < eventsKept;
}

function eventOf(
  eventId: string,
  [, , , state = '', , at = '', , code = '']: string[],
  facts: unknown,
): ExecutionEvent[] {
  if (typeof facts !== 'string') return [];
  const change = { state, at: Number(at), event_id: eventId, ...(code === '' ? {} : { code }) };
  const { data } = readJson(`${facts.slice(0, -1)},${JSON.stringify(change).slice(1)}`, executionEventSchema);
  return data === undefined ? [] : [data];
}
