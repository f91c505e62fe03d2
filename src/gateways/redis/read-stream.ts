import { z } from 'zod';
import { type AnyRedis, isCluster } from '../../support/any-redis.ts';
import { delay } from '../../support/time/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';

export interface StreamConsumer {
  /** Stops reading and waits for what is being handled. */
  close(): Promise<void>;
}

export interface StreamConsumerOptions {
  /** A connection of its own: it waits for entries most of the time. */
  readonly reader: AnyRedis;
  /** For what must not wait with it. */
  readonly redis: AnyRedis;
  readonly sources: readonly StreamSource[];
  readonly group: string;
  readonly consumer: string;
  /** Does what it is given; what that asks of Redis is asked together. */
  readonly atOnce: <T>(ask: () => T) => T;
  readonly limits: StreamLimits;
  readonly logger: Logger;
}

/** One of the streams that are read. */
export interface StreamSource {
  readonly stream: string;
  /** The field of an entry that is handled. */
  readonly field: string;
  /**
   * An entry is acknowledged only when this has succeeded.
   * @returns false: it is to be handled once more, when its reader's time for it is over
   */
  readonly handle: (message: Buffer, entry: StreamEntry) => Promise<boolean>;
}

export interface StreamEntry {
  readonly id: string;
  /** Whether it has been read before. */
  readonly again: boolean;
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

// In bytes: to decode an entry holds the event loop as long as its sender likes.
const bytesSchema = z.instanceof(Buffer);
const entriesSchema = z.array(z.tuple([bytesSchema, z.array(bytesSchema).nullable()]));
const readSchema = z.array(z.tuple([bytesSchema, entriesSchema])).nullable();
const claimedSchema = z.tuple([bytesSchema, entriesSchema]).rest(z.unknown());

type Entries = z.infer<typeof entriesSchema>;

/**
 * Durable delivery: requests and cancels in streams (`XADD exec-requests * request '<json>'`), each read by one agent and
 * acknowledged when it is in the queue or the record. What an agent read and did not acknowledge, another one handles.
 */
export async function openStreamConsumer(options: StreamConsumerOptions): Promise<StreamConsumer> {
  const { reader, redis, sources, group, consumer, limits, logger } = options;
  const streams = sources.map(({ stream }) => stream);
  const createGroups = () => Promise.all(streams.map((stream) => createGroup(redis, stream, group)));
  await createGroups();
  let closing = false;

  const handleAll = async (source: StreamSource, entries: Entries, again: boolean) => {
    const { stream } = source;
    const handling = options.atOnce(() =>
      entries.map(([id, fields]) => handleEntry(source, { id: id.toString(), again }, fields ?? [])),
    );
    const handled = await Promise.all(handling);
    const done = handled.filter((id) => id !== undefined);
    if (done.length > 0)
      await redis
        .pipeline()
        .xack(stream, group, ...done)
        .xdel(stream, ...done)
        .exec();
  };

  const handleEntry = async (
    { field, handle, stream }: StreamSource,
    entry: StreamEntry,
    fields: readonly Buffer[],
  ): Promise<string | undefined> => {
    try {
      return (await handle(messageOf(field, fields), entry)) ? entry.id : undefined;
    } catch (error) {
      logger.error({ err: error, stream, entry: entry.id }, 'a stream entry could not be handled; it is tried again');
      return undefined;
    }
  };

  const underWay = new Set<Promise<void>>();
  const begin = (source: StreamSource, entries: Entries) => {
    const batch = handleAll(source, entries, false)
      // They stay unacknowledged, and are handled again.
      .catch((error: unknown) => logger.warn({ err: error }, 'stream entries could not be acknowledged'))
      .finally(() => underWay.delete(batch));
    underWay.add(batch);
  };

  let readerId: number | undefined;
  const readNew = async () => {
    const { batch, blockMs } = limits;
    // In a cluster the node that is asked may be another one, with ids of its own.
    if (!isCluster(reader)) readerId ??= await reader.client('ID').catch(() => undefined);
    const wanted = [...streams, ...streams.map(() => '>')];
    const reply = reader.xreadgroupBuffer(
      'GROUP',
      group,
      consumer,
      'COUNT',
      batch,
      'BLOCK',
      blockMs,
      'STREAMS',
      ...wanted,
    );
    for (const [stream, entries] of readSchema.parse(await reply) ?? []) {
      const source = sources.find((each) => stream.equals(Buffer.from(each.stream)));
      if (source !== undefined) begin(source, entries);
    }
    if (underWay.size >= limits.batches) await Promise.race(underWay);
  };

  let claimedAt = 0;
  const readAbandoned = async () => {
    if (performance.now() - claimedAt < limits.abandonedMs) return;
    claimedAt = performance.now();
    for (const source of sources) {
      const reply = redis.callBuffer(
        'XAUTOCLAIM',
        source.stream,
        group,
        consumer,
        limits.abandonedMs,
        0,
        'COUNT',
        limits.batch,
      );
      const [, entries] = claimedSchema.parse(await reply);
      await handleAll(source, entries, true);
    }
  };

  const loop = async () => {
    while (!closing) {
      try {
        await readAbandoned();
        if (!closing) await readNew();
      } catch (error) {
        if (closing) return;
        readerId = undefined;
        logger.warn({ err: error }, 'the streams could not be read; it is tried again');
        // A Redis that lost its data has lost the groups too.
        await createGroups().catch(() => delay(pauseAfterErrorMs));
      }
    }
  };
  const ended = loop();

  return {
    async close() {
      closing = true;
      // The reader gets an empty reply at once. A Redis that does not allow this ends the wait in its own time.
      if (readerId !== undefined) await redis.client('UNBLOCK', readerId).catch(() => undefined);
      await ended;
      await Promise.all(underWay);
    },
  };
}

async function createGroup(redis: AnyRedis, stream: string, group: string): Promise<void> {
  try {
    await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
  }
}

/** The value of a field; an entry without it is no message, and is treated as such. */
function messageOf(wanted: string, fields: readonly Buffer[]): Buffer {
  const name = fields.findIndex((field, index) => index % 2 === 0 && field.equals(Buffer.from(wanted)));
  return (name === -1 ? undefined : fields[name + 1]) ?? Buffer.alloc(0);
}
