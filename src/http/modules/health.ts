import { healthSchema } from '../../wire/http.ts';
import type { HttpModule } from '../http-room.ts';
import { answer } from '../route-schemas.ts';

export interface HealthOptions {
  /** Why the agent takes no work; undefined: it does. */
  readonly trouble: () => Promise<string | undefined>;
  /** Whether Redis is there, without asking it. */
  readonly isConnected: () => boolean;
}

export function createHealthModule({ trouble, isConnected }: HealthOptions): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/healthz',
        schema: {
          tags: ['operation'],
          operationId: 'isAlive',
          summary: 'Whether the process is alive',
          response: { 200: answer('The process is alive.', healthSchema) },
        },
        handler: async (_request, reply) => reply.type('application/json').send(JSON.stringify({ status: 'ok' })),
      });

      app.route({
        method: 'GET',
        url: '/readyz',
        schema: {
          tags: ['operation'],
          operationId: 'isReady',
          summary: 'Whether the agent takes work',
          response: {
            200: answer('The agent takes work.', healthSchema),
            503: answer('The agent takes no work; `reason` says why.', healthSchema),
          },
        },
        handler: async (_request, reply) => {
          const reason = isConnected() ? await trouble() : 'Redis is away';
          const health = reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason };
          return reply
            .code(reason === undefined ? 200 : 503)
            .type('application/json')
            .send(JSON.stringify(health));
        },
      });
    },
  };
}
