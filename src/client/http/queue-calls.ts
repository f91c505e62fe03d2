import { isAgentList, isQueueState, readBody } from '../read-values.ts';
import type { CallAgent } from './http-caller.ts';
import type { HttpClient } from './http-client.ts';

/** What a client asks of the queue and its agents. */
export function queueCalls(call: CallAgent): Pick<HttpClient, 'agents' | 'queue' | 'pause' | 'resume'> {
  const changeQueue = async (change: string, signal: AbortSignal | undefined) =>
    readBody(await call(`/v1/queue/${change}`, { method: 'POST', signal }), isQueueState);
  return {
    agents: async ({ signal } = {}) => (await readBody(await call('/v1/agents', { signal }), isAgentList)).agents,
    queue: async ({ signal } = {}) => readBody(await call('/v1/queue', { signal }), isQueueState),
    pause: ({ signal } = {}) => changeQueue('pause', signal),
    resume: ({ signal } = {}) => changeQueue('resume', signal),
  };
}
