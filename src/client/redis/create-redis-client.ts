import { type ExecutionEvent, executionEventSchema } from '../../wire/live.ts';
import { isClusterUrl } from '../../wire/redis-address.ts';
import { clusterStreams } from '../../wire/redis-keys.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../wire/response/response.ts';
import { ClientError } from '../client-error.ts';
import type { ExecClient } from '../exec-client.ts';
import { makeId } from '../make-id.ts';
import { readMessage } from '../read-message.ts';
import type { ClientRedis } from './connect-redis.ts';
import { followStoredLog } from './follow-stored-log.ts';
import { createListeners } from './listeners.ts';
import { sendAndWait } from './send-and-wait.ts';
import { sendCancel } from './send-cancel.ts';

export interface RedisClientOptions {
  /** `redis://`, `rediss://`, `unix:///path` for a socket, or `redis+cluster://host:port,host:port`. */
  readonly url: string;
  /** Names of channels as the agents have them; on a Redis Cluster by default `{exec}-requests` and so on. */
  readonly requestChannel?: string;
  readonly responseChannel?: string;
  readonly controlChannel?: string;
  readonly eventsChannel?: string;
  /** First part of the agents' keys. */
  readonly keyPrefix?: string;
}

/** What Redis can do beside running containers. */
export interface RedisClient extends ExecClient {
  /** Publishes a message as it is; resolves with the number of agents that received it. */
  publish(text: string): Promise<number>;
}

const usualStreams = {
  requestChannel: 'exec-requests',
  responseChannel: 'exec-responses',
  controlChannel: 'exec-control',
};

const refusals: readonly (string | undefined)[] = ['INVALID_REQUEST', 'POLICY_DENIED', 'QUEUE_FULL'];

/** Runs containers over Redis. */
export async function createRedisClient(options: RedisClientOptions): Promise<RedisClient> {
  const { eventsChannel = 'exec-events', keyPrefix = 'exec' } = options;
  const streams = isClusterUrl(options.url) ? clusterStreams(keyPrefix) : usualStreams;
  const { requestChannel, responseChannel, controlChannel } = { ...streams, ...options };
  // Who only uses HTTP does not load what speaks to Redis.
  const { connectRedis, publishCounted } = await import('./connect-redis.ts');
  const redis = await connectRedis(options.url);
  const subscriber = await connectRedis(options.url);
  // A channel of this client's own: it hears no answers but its own.
  const replyTo = `${responseChannel}:${makeId()}`;
  const answers = createListeners<ExecutionResponse>();
  const events = createListeners<ExecutionEvent>();
  /** Answers that may still be waited for, by execution id. */
  const promised = new Map<string, Promise<ExecutionResponse>>();

  subscriber.on('message', (channel: string, text: string) => {
    if (channel === replyTo) answers.tell(readMessage(text, executionResponseSchema));
    else events.tell(readMessage(text, executionEventSchema));
  });
  await subscriber.subscribe(replyTo);
  let eventsFollowed: Promise<unknown> | undefined;
  // One that only sends requests needs no right to the events of others.
  const followEvents = () => {
    eventsFollowed ??= subscriber.subscribe(eventsChannel).catch((error: unknown) => {
      eventsFollowed = undefined;
      throw error;
    });
    return eventsFollowed;
  };

  const send = async (message: object) => {
    // Who follows events gets those of this request.
    await eventsFollowed?.catch(() => undefined);
    const heard = await publishCounted(redis, requestChannel, JSON.stringify(message));
    if (heard === 0)
      throw new ClientError(`No agent is listening on ${requestChannel}. Start one with: exec-agent serve`);
  };

  return {
    async submit(request, { signal } = {}) {
      const correlation = request.correlation_id ?? makeId();
      await followEvents();
      const answered = answers.first(({ correlation_id: id }) => id === correlation);
      const queued = events.first(({ correlation_id: id }) => id === correlation, signal);
      const first = await send({ ...request, correlation_id: correlation, reply_to: replyTo })
        .then(() => Promise.race([queued.promise, answered.promise]))
        .catch((error: unknown) => {
          answered.forget();
          throw error;
        })
        .finally(queued.forget);
      if ('error_code' in first && refusals.includes(first.error_code))
        throw new ClientError(first.error ?? '', { code: first.error_code });
      promised.set(first.execution_id, answered.promise);
      return first.execution_id;
    },
    async run(request, { signal } = {}) {
      const correlation = request.correlation_id ?? makeId();
      return sendAndWait({
        responses: answers,
        isWanted: ({ correlation_id: id }) => id === correlation,
        send: () => send({ ...request, correlation_id: correlation, reply_to: replyTo }),
        signal,
      });
    },
    async wait(executionId, { signal } = {}) {
      const promise = promised.get(executionId);
      if (promise === undefined) throw new ClientError(`${executionId} was not submitted by this client.`);
      const response = await orAborted(promise, signal);
      promised.delete(executionId);
      return response;
    },
    publish: (text) => publishCounted(redis, requestChannel, text),
    cancel: (id) => sendCancel(redis, controlChannel, id),
    logs: (executionId, { follow = true, signal } = {}) =>
      followStoredLog(executionId, { redis, keyPrefix, follow, signal }),
    events({ executionId, signal } = {}) {
      const followed = events.follow({
        isWanted: (event) => executionId === undefined || event.execution_id === executionId,
        isLast: (event) => executionId !== undefined && event.state === 'finished',
        signal,
      });
      const subscribed = followEvents();
      // Who takes the first event gets the refusal.
      subscribed.catch(() => undefined);
      return (async function* () {
        try {
          await subscribed;
          yield* followed;
        } finally {
          await followed.return(undefined);
        }
      })();
    },
    async close() {
      answers.end(new ClientError('The client was closed.'));
      events.end(new ClientError('The client was closed.'));
      await Promise.all([quit(subscriber), quit(redis)]);
    },
  };
}

const quit = (redis: ClientRedis) => redis.quit();

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
