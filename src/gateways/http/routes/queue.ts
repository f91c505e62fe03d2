import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { queueStateSchema } from '../../../wire/http/queue.ts';
import type { HttpOptions } from '../http-options.ts';

/** What all tenants share: how much waits, and whether anything is taken from it. */
export function addQueueRoutes(app: HttpApp, options: HttpOptions): void {
  const state = async () => {
    const { queue } = options;
    const [paused, { waiting, unplaced, delayed, leased }] = await Promise.all([queue.isPaused(), queue.depths()]);
    return JSON.stringify({ paused, waiting, delayed, unplaced, held: leased });
  };
  const json = 'application/json';

  app.route({
    method: 'GET',
    url: '/v1/queue',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'getQueue',
      summary: 'How many executions wait, and whether the queue is paused',
      response: { 200: answer('The queue of all tenants.', queueStateSchema), ...problems() },
    },
    handler: async (_request, reply) => reply.type(json).send(await state()),
  });

  app.route({
    method: 'POST',
    url: '/v1/queue/pause',
    config: { scope: 'operate', action: 'pause' },
    schema: {
      tags: ['operation'],
      operationId: 'pauseQueue',
      summary: 'Pause the queue: requests are accepted and wait',
      description: 'No agent takes new work until the queue is resumed. Running executions continue.',
      response: { 200: answer('The queue is paused.', queueStateSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      await options.queue.pause();
      return reply.type(json).send(await state());
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/queue/resume',
    config: { scope: 'operate', action: 'resume' },
    schema: {
      tags: ['operation'],
      operationId: 'resumeQueue',
      summary: 'Resume the queue',
      response: { 200: answer('Agents take work again.', queueStateSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      await options.queue.resume();
      return reply.type(json).send(await state());
    },
  });
}
