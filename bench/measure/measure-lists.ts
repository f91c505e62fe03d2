import type { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { queueLimits } from '../../src/agent/config/derive-limits.ts';
import type { ListFilter } from '../../src/queue/execution-queue.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { type Summary, summarise } from '../summarise.ts';

const limit = 50;

const filters: Readonly<Record<string, ListFilter>> = {
  all: {},
  state: { states: ['queued'] },
  name: { name: 'job-42' },
  'name and tag': { name: 'job-42', tags: [{ key: 'team', value: '2' }] },
  'image and state': { image: 'alpine:latest', states: ['queued'] },
  'nothing has both': { name: 'job-42', tags: [{ key: 'team', value: '3' }] },
};

/** Pages of 50 in what Redis holds now, at the newest end and far back; the slowest kind of page counts. */
export async function measureLists(redis: Redis, config: Config, rounds: number) {
  const subscriber = redis.duplicate();
  try {
    const queue = await openQueue({
      redis,
      subscriber,
      prefix: config.keyPrefix,
      agent: 'bench',
      home: 'bench',
      events: config.eventsChannel,
      leaseMs: 60_000,
      limits: queueLimits(config),
    });
    const first = await queue.list({}, { limit: 10_000 });
    const cursor = first.next;
    const timed: Record<string, Summary> = {};
    for (const [name, filter] of Object.entries(filters)) {
      for (const [place, page] of Object.entries({
        '': { limit },
        ', far back': { limit, ...(cursor && { cursor }) },
      })) {
        const samples: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const begun = performance.now();
          await queue.list(filter, page);
          samples.push(performance.now() - begun);
        }
        timed[name + place] = summarise(samples);
      }
    }
    return { list_page_ms: Math.max(...Object.values(timed).map(({ median }) => median)), list_ms: timed };
  } finally {
    subscriber.disconnect();
  }
}
