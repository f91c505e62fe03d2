import type { Redis } from 'ioredis';
import { z } from 'zod';
import { delay } from '../../support/time/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';

export interface StreamConsumer {
  /** Stops reading and waits for what is being handled. */
  close(): Promise<void>;
}

export interface StreamConsumerOptions {
  /** A connection of its own: it waits for entries most of the time. */
  readonly reader: Redis;
  /** For what must not wait with it. */
  readonly redis: Redis;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  /** Queues, answers or refuses; an entry is acknowledged only when this has succeeded. */
  readonly handle: (text: string, entryId: string) => Promise<void>;
  /** Does what it is given; what that asks of Redis is asked together. */
  readonly atOnce: <T>(ask: () => T) => T;
  readonly limits: StreamLimits;
  readonly logger: Logger;
}

export interface StreamLimits {
  /** Entries that are read at once. */
  readonly batch: number;
  /** Batches that are handled at the same time, while the next is read. */
  readonly batches: number;
  readonly blockMs: number;
  /** An entry that its reader has not acknowledged for this long is handled by another. */
  readonly abandonedMs: number;
}

const pauseAfterErrorMs = 500;

const entriesSchema = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const readSchema = z.array(z.tuple([z.string(), entriesSchema])).nullable();
const claimedSchema = z.tuple([z.string(), entriesSchema]).rest(z.unknown());

type Entries = z.infer<typeof entriesSchema>;

/**
 * Durable delivery: requests in a stream (`XADD exec-requests * request '<json>'`), each read by one agent and
 * acknowledged when it is in the queue. What an agent read and did not acknowledge, another one handles.
 */
export async function openStreamConsumer(options: StreamConsumerOptions): Promise<StreamConsumer> {
  const { reader, redis, stream, group, consumer, limits, logger } = options;
  await createGroup(redis, stream, group);
  let closing = false;

  const handleAll = async (entries: Entries) => {
    const handling = options.atOnce(() => entries.map(([id, fields]) => handleEntry(id, fields ?? [])));
    const handled = await Promise.all(handling);
    const done = handled.filter((id) => id !== undefined);
    if (done.length > 0)
      await redis
        .pipeline()
        .xack(stream, group, ...done)
        .xdel(stream, ...done)
        .exec();
  };

  const handleEntry = async (id: string, fields: readonly string[]): Promise<string | undefined> => {
    try {
      await options.handle(requestOf(fields), id);
      return id;
    } catch (error) {
      logger.error({ err: error, entry: id }, 'a request could not be queued; it is tried again');
      return undefined;
    }
  };

  const underWay = new Set<Promise<void>>();
  const begin = (entries: Entries) => {
    const batch = handleAll(entries)
      // They stay unacknowledged, and are handled again.
      .catch((error: unknown) => logger.warn({ err: error }, 'requests could not be acknowledged'))
      .finally(() => underWay.delete(batch));
    underWay.add(batch);
  };

  const readNew = async () => {
    const { batch, blockMs } = limits;
    const reply = reader.xreadgroup('GROUP', group, consumer, 'COUNT', batch, 'BLOCK', blockMs, 'STREAMS', stream, '>');
    for (const [, entries] of readSchema.parse(await reply) ?? []) begin(entries);
    if (underWay.size >= limits.batches) await Promise.race(underWay);
  };

  let claimedAt = 0;
  const readAbandoned = async () => {
    if (performance.now() - claimedAt < limits.abandonedMs) return;
    claimedAt = performance.now();
    const reply = redis.xautoclaim(stream, group, consumer, limits.abandonedMs, '0', 'COUNT', limits.batch);
    const [, entries] = claimedSchema.parse(await reply);
    await handleAll(entries);
  };

  const loop = async () => {
    while (!closing) {
      try {
        await readAbandoned();
        await readNew();
      } catch (error) {
        if (closing) return;
        logger.warn({ err: error }, 'the request stream could not be read; it is tried again');
        // A Redis that lost its data has lost the group too.
        await createGroup(redis, stream, group).catch(() => delay(pauseAfterErrorMs));
      }
    }
  };
  const ended = loop();

  return {
    async close() {
      closing = true;
      await ended;
      await Promise.all(underWay);
    },
  };
}

async function createGroup(redis: Redis, stream: string, group: string): Promise<void> {
  try {
    await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
  }
}

/** The value of the field `request`; text that has none is no request, and is answered as such. */
function requestOf(fields: readonly string[]): string {
  const name = fields.findIndex((field, index) => index % 2 === 0 && field === 'request');
  return name === -1 ? '' : (fields[name + 1] ?? '');
}
