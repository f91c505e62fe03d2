import { z } from 'zod';
import type { SessionEntry, SessionStore } from '../../access/session-store.ts';
import type { Clock } from '../../support/time/clock.ts';
import { type SessionFacts, sessionListSchema } from '../../wire/http/sessions.ts';
import { tokenIdOf } from '../callers/caller.ts';
import type { HttpModule } from '../http-room.ts';
import { HttpProblem } from '../problem.ts';
import { answer, problems } from '../route-schemas.ts';
import { readCookie } from './dashboard/session-cookie.ts';

export interface SessionOptions {
  readonly sessions: Pick<SessionStore, 'list' | 'closeById' | 'closeAll' | 'idOf'>;
  readonly clock: Clock;
}

const tags = ['operation'];

/** Where somebody is logged in to the dashboard with the token of the caller, and how to end that. */
export function createSessionModule({ sessions, clock }: SessionOptions): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/v1/sessions',
        config: { scope: 'read' },
        schema: {
          tags,
          operationId: 'listSessions',
          summary: 'List the sessions of the dashboard that were opened with the token of the caller',
          response: { 200: answer('The sessions, newest first.', sessionListSchema), ...problems() },
        },
        handler: async (request, reply) => {
          const tokenId = tokenIdOf(request.caller);
          const entries = tokenId === undefined ? [] : await sessions.list(tokenId, clock.now());
          const secret = readCookie(request);
          const own = secret === undefined ? undefined : sessions.idOf(secret);
          const list = { sessions: entries.map((entry) => factsOf(entry, own)) };
          return reply.type('application/json').header('cache-control', 'no-store').send(JSON.stringify(list));
        },
      });

      app.route({
        method: 'DELETE',
        url: '/v1/sessions',
        config: { scope: 'read', action: 'log out everywhere' },
        schema: {
          tags,
          operationId: 'closeSessions',
          summary: 'Log out everywhere: end all sessions that were opened with the token of the caller',
          description: 'The token itself stays valid. To end it too, revoke it.',
          response: { 204: z.undefined().describe('There is no session any more.'), ...problems() },
        },
        handler: async (request, reply) => {
          const tokenId = tokenIdOf(request.caller);
          if (tokenId !== undefined) await sessions.closeAll(tokenId);
          return reply.code(204).send();
        },
      });

      app.route({
        method: 'DELETE',
        url: '/v1/sessions/:session_id',
        config: { scope: 'read', action: 'close session' },
        schema: {
          tags,
          operationId: 'closeSession',
          summary: 'End a session that was opened with the token of the caller',
          params: z.object({ session_id: z.string().min(1).max(64).describe('As `listSessions` has it.') }),
          response: { 204: z.undefined().describe('The session has ended.'), ...problems(404) },
        },
        handler: async (request, reply) => {
          const { session_id: id } = request.params;
          const tokenId = tokenIdOf(request.caller);
          if (tokenId === undefined || !(await sessions.closeById(tokenId, id)))
            throw new HttpProblem(
              404,
              `The token of the caller has no session ${JSON.stringify(id)}. GET /v1/sessions lists all.`,
            );
          return reply.code(204).send();
        },
      });
    },
  };
}

function factsOf({ id, openedAt, usedAt, from, userAgent }: SessionEntry, own: string | undefined): SessionFacts {
  return {
    id,
    opened_at: new Date(openedAt).toISOString(),
    used_at: new Date(usedAt).toISOString(),
    from,
    user_agent: userAgent,
    is_current: id === own,
  };
}
