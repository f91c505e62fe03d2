import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { ExecutionRequest } from '../wire/request.ts';
import { type ExecutionResponse, executionResponseSchema } from '../wire/response.ts';

export interface RedisClientOptions {
  /** `redis://`, `rediss://`, or `unix:///path` for a socket. */
  readonly url: string;
  readonly requestChannel?: string;
  readonly responseChannel?: string;
  readonly controlChannel?: string;
}

/** Sends requests over Redis and brings their answers. */
export interface RedisClient {
  /**
   * Runs one request and resolves with its answer, also when the execution failed: look at `success`.
   * @throws when no agent listens, the signal is aborted, or Redis goes away
   */
  run(request: ExecutionRequest, options?: { readonly signal?: AbortSignal }): Promise<ExecutionResponse>;
  /** Publishes a message as it is; resolves with the number of agents that heard it. */
  publish(text: string): Promise<number>;
  /** Cancels by correlation id or execution id. */
  cancel(id: string): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (response: ExecutionResponse) => void;
  readonly reject: (error: Error) => void;
}

export async function createRedisClient(options: RedisClientOptions): Promise<RedisClient> {
  const { requestChannel = 'exec-requests', responseChannel = 'exec-responses' } = options;
  const { controlChannel = 'exec-control' } = options;
  const redis = await connect(options.url);
  const subscriber = await connect(options.url);
  // A channel of this client's own: it hears no answers but its own.
  const replyTo = `${responseChannel}:${randomUUID()}`;
  const waiting = new Map<string, Waiting>();

  subscriber.on('message', (_channel: string, text: string) => {
    const response = executionResponseSchema.safeParse(JSON.parse(text));
    if (!response.success || response.data.correlation_id === null) return;
    waiting.get(response.data.correlation_id)?.resolve(response.data);
  });
  await subscriber.subscribe(replyTo);

  return {
    async run(request, { signal } = {}) {
      signal?.throwIfAborted();
      const correlationId = request.correlation_id ?? randomUUID();
      const message = { ...request, correlation_id: correlationId, reply_to: replyTo };
      const { promise, resolve, reject } = withResolvers<ExecutionResponse>();
      const abandon = () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      waiting.set(correlationId, { resolve, reject });
      signal?.addEventListener('abort', abandon, { once: true });
      try {
        const listeners = await redis.publish(requestChannel, JSON.stringify(message));
        if (listeners === 0)
          throw new Error(`No agent is listening on ${requestChannel}. Start one with: exec-agent serve`);
        return await promise;
      } finally {
        waiting.delete(correlationId);
        signal?.removeEventListener('abort', abandon);
      }
    },
    publish: (text) => redis.publish(requestChannel, text),
    cancel: async (id) => void (await redis.publish(controlChannel, JSON.stringify({ cancel: id }))),
    async close() {
      for (const { reject } of waiting.values()) reject(new Error('The client was closed.'));
      await Promise.all([subscriber.quit(), redis.quit()]);
    },
  };
}

async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url.replace(/^unix:\/\//, ''), { lazyConnect: true });
  // A lost connection comes back by itself; the first failure comes with connect().
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
