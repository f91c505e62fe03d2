import { z } from 'zod';
import type { AnyRedis } from '../support/any-redis.ts';
import { queueKeys } from './keys.ts';
import { isRefusedForGood } from './records/refused-for-good.ts';
import { holdScript } from './scripts/hold.ts';
import { runScript } from './scripts/parts/script.ts';

/** Who holds an execution, as its record says. */
export interface Holder {
  readonly agent: string;
  readonly home: string;
}

export interface HoldOptions {
  readonly redis: AnyRedis;
  readonly prefix: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  /** For how long one holder's executions are held at most, in milliseconds. */
  readonly longestMs: number;
  readonly isHeldFor: (holder: Holder) => Promise<boolean>;
}

// What one call of the script deals with, so that none holds up Redis for long.
const batch = 100;

const holdingSchema = z.tuple([z.string(), z.string(), z.string()]);

/** Prolongs the leases of executions of some agents, without reading the executions. Returns how many are held. */
export async function holdLeases({ redis, prefix, leaseMs, longestMs, isHeldFor }: HoldOptions): Promise<number> {
  const keys = queueKeys(prefix);
  const ids = await redis.zrange(keys.leases, '0', '-1');
  const readHolder = (id: string) =>
    redis.hmget(keys.execution(id), 'fence', 'agent', 'home').catch((error: unknown) => {
      // One that cannot be read is set aside when its lease has run out; the others are held.
      if (isRefusedForGood(error)) return undefined;
      throw error;
    });
  let held = 0;
  for (let from = 0; from < ids.length; from += batch) {
    const some = ids.slice(from, from + batch);
    const found = await Promise.all(some.map(readHolder));
    const chosen: string[] = [];
    for (const [index, id] of some.entries()) {
      const { data } = holdingSchema.safeParse(found[index]);
      if (data === undefined) continue;
      const [fence, agent, home] = data;
      if (await isHeldFor({ agent, home })) chosen.push(id, fence);
    }
    if (chosen.length === 0) continue;
    const args = [keys.base, leaseMs, longestMs, ...chosen];
    held += z.number().parse(await runScript(redis, holdScript, [keys.leases], args));
  }
  return held;
}
