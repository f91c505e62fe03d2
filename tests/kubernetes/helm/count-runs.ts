import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { logLineSchema } from '../../../src/wire/live.ts';
import { type ExecutionResponse, executionResponseSchema } from '../../../src/wire/response/response.ts';
import { becomesTrue } from '../../parts/poll.ts';

const patienceMs = 240_000;
const mostResponses = 1000;

/** Sends executions over the stream, and counts how often the command of each one was started. */
export interface RunCounter {
  /** Sends one that runs for so many seconds; returns its correlation id. */
  send(image: string, seconds: number): Promise<string>;
  /** How many commands have begun. */
  begun(): number;
  /** The responses of these, in their order. @throws when one is missing for long */
  responses(ids: readonly string[]): Promise<readonly ExecutionResponse[]>;
  /** How many commands of the execution were seen, in its log and its response. */
  runsOf(response: ExecutionResponse): number;
  close(): Promise<void>;
}

const requests = 'exec-requests';
const answers = 'exec-responses';
const logs = 'exec-logs:';

/** For the usual names of channels. */
export async function countRuns(url: string): Promise<RunCounter> {
  const redis = new Redis(url);
  const listener = redis.duplicate();
  const written = new Map<string, string>();
  listener.on('pmessage', (_pattern, channel, line) => {
    const id = channel.slice(logs.length);
    written.set(id, `${written.get(id) ?? ''}${logLineSchema.parse(JSON.parse(line)).text}`);
  });
  await listener.psubscribe(`${logs}*`);
  const received = async () => {
    const entries = await redis.xrange(answers, '-', '+', 'COUNT', mostResponses);
    return entries.map(([, fields]) => executionResponseSchema.parse(JSON.parse(fields[1] ?? '')));
  };
  return {
    async send(image, seconds) {
      const id = randomUUID();
      // Each start of the command has a mark of its own.
      const script = `read mark < /proc/sys/kernel/random/uuid; echo begun $mark; sleep ${seconds}; echo ended`;
      const request = { correlation_id: id, container: { image, command: ['sh', '-c', script] } };
      await redis.xadd(requests, '*', 'request', JSON.stringify(request));
      return id;
    },
    begun: () => [...written.values()].filter((text) => marksIn(text).length > 0).length,
    async responses(ids) {
      let found: readonly ExecutionResponse[] = [];
      const find = async () => {
        const all = await received();
        found = ids.flatMap((id) => all.filter(({ correlation_id }) => correlation_id === id));
        return ids.every((id) => found.some(({ correlation_id }) => correlation_id === id));
      };
      if (!(await becomesTrue(find, patienceMs)))
        throw new Error(`${ids.length - found.length} of ${ids.length} executions have no response`);
      return found;
    },
    runsOf: ({ execution_id, result }) =>
      new Set(marksIn(`${written.get(execution_id) ?? ''}\n${result?.output ?? ''}`)).size,
    async close() {
      listener.disconnect();
      await redis.quit();
    },
  };
}

function marksIn(text: string): readonly string[] {
  return [...text.matchAll(/begun ([0-9a-f-]{36})/g)].map(([, mark = '']) => mark);
}
