import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { listStoredImages } from '../../../runtimes/stored-images.ts';
import { agentListSchema, imageListSchema } from '../../../wire/http.ts';
import { agentOf } from '../executions/execution-view.ts';
import type { HttpOptions } from '../http-options.ts';

const json = 'application/json';

export function addOperatorRoutes(app: HttpApp, options: HttpOptions): void {
  app.route({
    method: 'GET',
    url: '/v1/images',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'listImages',
      summary: 'List the images of this agent',
      response: { 200: answer('The images, in no particular order.', imageListSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      const stored = await listStoredImages(options.images);
      const images = stored.map(({ references, digest, sizeBytes }) => ({ references, digest, size_bytes: sizeBytes }));
      return reply.type(json).send(JSON.stringify({ images }));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/agents',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'listAgents',
      summary: 'List the agents of this queue',
      response: { 200: answer('Agents that renewed their lease recently.', agentListSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      const agents = (await options.registry.list(options.clock.now())).map(agentOf);
      return reply.type(json).send(JSON.stringify({ agents }));
    },
  });
}
