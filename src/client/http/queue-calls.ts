import {
  isAgentList,
  isCreatedToken,
  isQueueState,
  isServiceList,
  isSessionList,
  isTokenList,
  readBody,
} from '../read-values.ts';
import type { CallAgent } from './http-caller.ts';
import type { HttpClient } from './http-client.ts';
import { queryOf } from './paths.ts';

type OfQueue = 'agents' | 'services' | 'queue' | 'pause' | 'resume';
type OfTokens = 'tokens' | 'createToken' | 'revokeToken' | 'sessions' | 'closeSession' | 'closeSessions';

/** What a client asks of the queue, its agents and their tokens. */
export function queueCalls(call: CallAgent): Pick<HttpClient, OfQueue | OfTokens> {
  const changeQueue = async (change: string, signal: AbortSignal | undefined) =>
    readBody(await call(`/v1/queue/${change}`, { method: 'POST', signal }), isQueueState);
  return {
    agents: async ({ signal } = {}) => (await readBody(await call('/v1/agents', { signal }), isAgentList)).agents,
    queue: async ({ signal } = {}) => readBody(await call('/v1/queue', { signal }), isQueueState),
    pause: ({ signal } = {}) => changeQueue('pause', signal),
    services: async ({ signal } = {}) =>
      (await readBody(await call('/v1/services', { signal }), isServiceList)).services,
    tokens: async ({ signal, ...page } = {}) =>
      readBody(await call(`/v1/tokens?${queryOf(page)}`, { signal }), isTokenList),
    async createToken(token, { signal } = {}) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(token);
      // A call that is repeated would create another one.
      return readBody(await call('/v1/tokens', { method: 'POST', headers, body, signal, once: true }), isCreatedToken);
    },
    revokeToken: async (id, { signal } = {}) =>
      void (await call(`/v1/tokens/${encodeURIComponent(id)}`, { method: 'DELETE', signal })),
    sessions: async ({ signal } = {}) =>
      (await readBody(await call('/v1/sessions', { signal }), isSessionList)).sessions,
    closeSession: async (id, { signal } = {}) =>
      void (await call(`/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE', signal })),
    closeSessions: async ({ signal } = {}) => void (await call('/v1/sessions', { method: 'DELETE', signal })),
    resume: ({ signal } = {}) => changeQueue('resume', signal),
  };
}
