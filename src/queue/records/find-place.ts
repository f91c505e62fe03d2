import { z } from 'zod';
import type { AnyRedis } from '../../support/any-redis.ts';
import type { QueuePlace } from '../execution-queue.ts';
import type { QueueKeys } from '../keys.ts';
import { findPlaceScript } from '../scripts/find-place.ts';
import { runScript } from '../scripts/parts/script.ts';

const replySchema = z
  .tuple([z.number(), z.number(), z.string(), z.number(), z.number(), z.string(), z.number()])
  .nullable();

interface Wanted {
  readonly id: string;
  /** Shares of the tenants: `a=3,b=0.5`. */
  readonly weights: string;
}

/** Where an execution waits; undefined for one that does not. */
export async function findPlace(
  redis: AnyRedis,
  keys: QueueKeys,
  { id, weights }: Wanted,
): Promise<QueuePlace | undefined> {
  const reply = replySchema.parse(
    await runScript(redis, findPlaceScript, [keys.execution(id)], [keys.base, id, weights]),
  );
  if (reply === null) return undefined;
  const [ahead, more, due, paused, running, took, now] = reply;
  const isPaused = paused === 1;
  const place = { ahead, isLeast: more === 1, isPaused };
  if (due !== '') return { ...place, notBefore: Number(due) };
  if (isPaused || running === 0 || took === '') return place;
  return { ...place, estimatedStartAt: Math.round(now + (Number(took) * (ahead + 1)) / running) };
}
