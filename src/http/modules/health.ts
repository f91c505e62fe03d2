import { settlesWithin } from '../../support/time/deadline.ts';
import { healthSchema } from '../../wire/http/agents.ts';
import type { HttpModule } from '../http-room.ts';
import { answer } from '../route-schemas.ts';

export interface HealthOptions {
  /** Why the agent takes no work; undefined: it does. */
  readonly trouble: () => Promise<string | undefined>;
  /** Whether Redis is there, without asking it. */
  readonly isConnected: () => boolean;
  /** Whether the queue is paused: all agents accept requests, and none takes work. */
  readonly isPaused: () => Promise<boolean>;
}

const patienceMs = 1000;

/** False also where Redis does not reply in time or replies with an error: a probe is not held up. */
async function isKnownToBe(ask: () => Promise<boolean>): Promise<boolean> {
  const asked = ask().catch(() => false);
  return (await settlesWithin(asked, patienceMs)) && asked;
}

export function createHealthModule({ trouble, isConnected, isPaused }: HealthOptions): HttpModule {
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
          description: 'A paused queue is no failure: the agent accepts requests, and `paused` is true.',
          response: {
            200: answer('The agent takes work.', healthSchema),
            503: answer('The agent takes no work; `reason` says why.', healthSchema),
          },
        },
        handler: async (_request, reply) => {
          const reason = isConnected() ? await trouble() : 'Redis is away';
          const paused = isConnected() && (await isKnownToBe(isPaused)) ? { paused: true } : {};
          const health =
            reason === undefined ? { status: 'ok', ...paused } : { status: 'unavailable', reason, ...paused };
          return reply
            .code(reason === undefined ? 200 : 503)
            .type('application/json')
            .send(JSON.stringify(health));
        },
      });
    },
  };
}
