import { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { deferred } from '../../src/support/time/deferred.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../src/wire/response/response.ts';
import { type FuzzRequest, replyChannelOf } from './request/make-request.ts';

export interface Pending {
  /** What came for the request, the first first. */
  readonly responses: readonly ExecutionResponse[];
  /** Resolves when the first is there. */
  readonly first: Promise<unknown>;
  /** Nothing more is expected. */
  end(): void;
}

/** Everything in the streams of responses, each for the request that it answers. */
export interface ResponseWatch {
  /** To be called before the request is sent. Of those without an id only one may be pending. */
  expect(request: FuzzRequest): Pending;
  /** What was said twice, is not as it should be, or for nobody. */
  readonly complaints: readonly string[];
  close(): void;
}

const blockMs = 500;

export async function watchResponses(config: Config): Promise<ResponseWatch> {
  const reader = new Redis(config.redisUrl ?? '', { maxRetriesPerRequest: null });
  // It comes back by itself, or is closed.
  reader.on('error', () => undefined);
  const complaints: string[] = [];
  const known = new Set<string>();
  const pending = new Map<string | undefined, (response: ExecutionResponse) => void>();
  const streams = [config.responseChannel, replyChannelOf(config.responseChannel)];
  const positions = streams.map(() => '0');
  let closed = false;

  const note = (text: string) => {
    const parsed = executionResponseSchema.safeParse(JSON.parse(text));
    if (!parsed.success) complaints.push(`not a response: ${text.slice(0, 300)}`);
    else {
      const id = parsed.data.correlation_id ?? undefined;
      const take = pending.get(id) ?? (known.has(id ?? '') ? undefined : pending.get(undefined));
      if (take !== undefined) take(parsed.data);
      else complaints.push(`a response for nobody, or a second one: ${text.slice(0, 300)}`);
    }
  };
  const loop = async () => {
    while (!closed) {
      const read = await reader
        .xread('COUNT', 200, 'BLOCK', blockMs, 'STREAMS', ...streams, ...positions)
        .catch(() => null);
      for (const [stream, entries] of read ?? [])
        for (const [entry, [, text = '']] of entries) {
          positions[streams.indexOf(stream)] = entry;
          note(text);
        }
    }
  };
  void loop();

  return {
    complaints,
    expect({ id }) {
      const responses: ExecutionResponse[] = [];
      const { promise: first, resolve } = deferred<unknown>();
      if (id !== undefined) known.add(id);
      pending.set(id, (response) => {
        responses.push(response);
        resolve(response);
      });
      return { responses, first, end: () => void pending.delete(id) };
    },
    close() {
      closed = true;
      reader.disconnect();
    },
  };
}
