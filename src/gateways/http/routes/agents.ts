import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { agentListSchema } from '../../../wire/http/agents.ts';
import { agentOf } from '../executions/execution-view.ts';
import type { HttpOptions } from '../http-options.ts';

const json = 'application/json';

/** The agents of the queue. */
export function addAgentRoutes(app: HttpApp, options: HttpOptions): void {
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
