import type { AnyRedis } from '../../src/support/any-redis.ts';
import { readJson } from '../../src/support/json/read-json.ts';
import { executionEventSchema } from '../../src/wire/live.ts';

interface Progress {
  queuedAt: number;
  runs: number;
  ends: number;
}

export interface EventTracker {
  readonly ended: () => number;
  readonly failed: () => number;
  /** Those that ran or ended more than once. */
  readonly doubled: () => number;
  /** Milliseconds from queued to taken by the clock of Redis, by tenant. */
  readonly waits: ReadonlyMap<string, number[]>;
}

/** Follows every execution of the simulation by its events; their correlation ids are whole numbers. */
export async function trackEvents(subscriber: AnyRedis, channel: string): Promise<EventTracker> {
  const known = new Map<string, Progress>();
  const waits = new Map<string, number[]>();
  let [ended, failed] = [0, 0];
  subscriber.on('message', (_channel: string, text: string) => {
    const { data: event } = readJson(text, executionEventSchema);
    const id = event?.correlation_id;
    if (event === undefined || id === undefined) return;
    const progress = known.get(id) ?? { queuedAt: event.at, runs: 0, ends: 0 };
    known.set(id, progress);
    if (event.state === 'staging') {
      const ofTenant = waits.get(event.tenant) ?? [];
      waits.set(event.tenant, ofTenant);
      ofTenant.push(event.at - progress.queuedAt);
    }
    if (event.state === 'running') progress.runs += 1;
    if (event.state !== 'finished') return;
    progress.ends += 1;
    ended += 1;
    if (event.code !== 'OK') failed += 1;
  });
  await subscriber.subscribe(channel);
  return {
    ended: () => ended,
    failed: () => failed,
    doubled: () => [...known.values()].filter(({ runs, ends }) => runs > 1 || ends > 1).length,
    waits,
  };
}
