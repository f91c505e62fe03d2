import type { AnyRedis } from '../../support/any-redis.ts';
import { toExecError } from '../../support/exec-error.ts';
import { hearChannel } from '../../support/hear-channel.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Responder } from '../gateway.ts';
import { handleControl } from './handle-control.ts';
import { handleRequest, type RequestTools, type StreamDelivery } from './handle-request.ts';
import { openStreamConsumer, type StreamEntry, type StreamLimits } from './read-stream.ts';

const readerGroup = 'exec-agents';

export interface RedisChannels {
  readonly requests: string;
  readonly responses: string;
  readonly control: string;
}

export interface RedisGatewayOptions extends RequestTools {
  readonly redis: AnyRedis;
  /** A connection of its own: one that subscribes can do nothing else. */
  readonly subscriber: AnyRedis;
  /** Another one: it waits for entries of the request stream. */
  readonly streamReader: AnyRedis;
  /** Names this agent among the readers of the stream. */
  readonly agent: string;
  readonly streamLimits: StreamLimits;
  readonly channels: RedisChannels;
  /** The message that reports a finished execution, of any gateway. */
  readonly announce: Responder['announce'];
  /** Cancels what runs here. */
  readonly cancelRunning: (executionId: string) => boolean;
  readonly logger: Logger;
}

/** Hears requests and cancellations on their channels until closed; what is being handled then is waited for. */
export interface RedisGateway {
  close(): Promise<void>;
}

export async function openRedisGateway(options: RedisGatewayOptions): Promise<RedisGateway> {
  const { subscriber, channels, logger } = options;
  const handling = new Set<Promise<void>>();

  const requests = new Set<Promise<void>>();
  const handle = (message: Buffer, delivery?: StreamDelivery) => {
    const handled = handleRequest(message, options, delivery).finally(() => requests.delete(handled));
    requests.add(handled);
    return handled;
  };

  const handleRequestEntry = async (message: Buffer, { id }: StreamEntry) => {
    await handle(message, { source: id, stream: { key: channels.requests, group: readerGroup } });
    return true;
  };
  const control = async (message: Buffer) => {
    const before = [...requests];
    const found = await handleControl(message, options);
    if (found !== 'unknown' || before.length === 0) return found;
    // A request that came before its cancel may take long to read.
    await Promise.allSettled(before);
    return handleControl(message, options);
  };
  const handleControlEntry = async (message: Buffer, { again }: StreamEntry) => {
    const found = await control(message);
    // The mark is in the record now; this agent may not be the one that runs it.
    if (found === 'marked') await options.redis.publish(channels.control, message);
    // Its request may still be on its way in another stream.
    return found !== 'unknown' || again;
  };

  const hear = (channel: string, handleMessage: (message: Buffer) => Promise<unknown>) =>
    hearChannel(subscriber, channel, (message) => {
      const handled = handleMessage(message)
        .catch((error: unknown) => {
          logger.error({ err: toExecError(error), channel }, 'a message could not be handled');
        })
        .then(() => void handling.delete(handled));
      handling.add(handled);
    });
  const hearing = [hear(channels.requests, (message) => handle(message)), hear(channels.control, control)];
  await subscriber.subscribe(channels.requests, channels.control);
  const door = await openStreamConsumer({
    reader: options.streamReader,
    redis: options.redis,
    sources: [
      { stream: channels.requests, field: 'request', handle: handleRequestEntry },
      { stream: channels.control, field: 'control', handle: handleControlEntry },
    ],
    group: readerGroup,
    consumer: options.agent,
    atOnce: (ask) => options.queue.atOnce(ask),
    limits: options.streamLimits,
    logger,
  });

  return {
    async close() {
      const doorClosed = door.close();
      try {
        await subscriber.unsubscribe(channels.requests, channels.control);
      } finally {
        for (const end of hearing) end();
        await doorClosed;
        await Promise.all(handling);
      }
    },
  };
}
