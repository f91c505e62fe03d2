import { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { createMessageResponder } from '../../src/gateways/message/response/create-message-responder.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { readRecord } from '../../src/queue/records/read-record.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../src/wire/response/response.ts';

/** Everything that is said about each request, on every way that it is said. */
export interface AnswerWatch {
  /** Requests with an answer in the stream, which survives what the channel loses. */
  readonly answered: ReadonlySet<string>;
  /** Requests whose containers run or did, as far as events show. */
  readonly running: ReadonlySet<string>;
  reattached(): number;
  /** Reads what has come into the stream, waiting a little when there is nothing. */
  read(): Promise<void>;
  /** What the records hold by now, by request. */
  executions(): Promise<ReadonlyMap<string, readonly Execution[]>>;
  /** All answers that came for a request, on the channel and in the stream. */
  answersTo(correlationId: string): readonly ExecutionResponse[];
  close(): void;
}

export interface Execution {
  readonly id: string;
  /** What its record says; undefined: it has not finished. */
  readonly answer: ExecutionResponse | undefined;
}

const blockMs = 200;
const repetition = /it did not run again/;

export async function watchAnswers(config: Config): Promise<AnswerWatch> {
  const connect = () => {
    const redis = new Redis(config.redisUrl ?? '', { maxRetriesPerRequest: null });
    // It comes back, and says so by going on.
    redis.on('error', () => undefined);
    return redis;
  };
  const [reader, subscriber, records] = [connect(), connect(), connect()];
  const keys = queueKeys(config.keyPrefix);
  const said = new Map<string, ExecutionResponse[]>();
  const answered = new Set<string>();
  const running = new Set<string>();
  let reattached = 0;
  let position = '0';

  const note = (text: string): string => {
    const answer = executionResponseSchema.parse(JSON.parse(text));
    const id = answer.correlation_id ?? '';
    said.set(id, [...(said.get(id) ?? []), withoutRepetition(answer)]);
    return id;
  };
  const noteEvent = (text: string) => {
    const event = JSON.parse(text);
    if (event.state === 'running') running.add(event.correlation_id);
    if (event.reattached === true) reattached += 1;
  };
  subscriber.on('message', (channel, text) => void (channel === config.eventsChannel ? noteEvent(text) : note(text)));
  await subscriber.subscribe(config.responseChannel, config.eventsChannel);
  const responder = createMessageResponder({
    agent: '',
    channel: config.responseChannel,
    maxBytes: config.messageBytes,
  });

  return {
    answered,
    running,
    reattached: () => reattached,
    answersTo: (id) => said.get(id) ?? [],
    async read() {
      const read = await reader.xread('COUNT', 100, 'BLOCK', blockMs, 'STREAMS', config.responseChannel, position);
      for (const [entry, [, text = '']] of read?.[0]?.[1] ?? []) {
        answered.add(note(text));
        position = entry;
      }
    },
    async executions() {
      const found = new Map<string, Execution[]>();
      for (const id of await records.zrange(keys.index('all'), '0', '-1')) {
        const record = await readRecord(records, keys.execution(id));
        const correlationId = record?.plan.correlationId ?? '';
        const text = record?.state === 'finished' ? await responder.textOf(record, []) : undefined;
        const answer = text === undefined ? undefined : executionResponseSchema.parse(JSON.parse(text));
        found.set(correlationId, [...(found.get(correlationId) ?? []), { id, answer }]);
      }
      return found;
    },
    close() {
      for (const redis of [reader, subscriber, records]) redis.disconnect();
    },
  };
}

/** A request that came twice is answered from the record, and that answer says so: apart from that they are equal. */
function withoutRepetition({ result, ...answer }: ExecutionResponse): ExecutionResponse {
  if (result?.metadata.warnings === undefined) return result === undefined ? answer : { ...answer, result };
  const { warnings, ...metadata } = result.metadata;
  const others = warnings.filter((warning) => !repetition.test(warning));
  return {
    ...answer,
    result: { ...result, metadata: { ...metadata, ...(others.length > 0 && { warnings: others }) } },
  };
}
