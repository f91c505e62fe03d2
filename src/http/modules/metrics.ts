import { z } from 'zod';
import type { AgentMetrics } from '../../telemetry/agent-metrics.ts';
import type { HttpModule } from '../http-room.ts';
import { answer, problems } from '../route-schemas.ts';

export function createMetricsModule(metrics: Pick<AgentMetrics, 'text'>): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/metrics',
        config: { scope: 'operate' },
        schema: {
          tags: ['operation'],
          operationId: 'getMetrics',
          summary: 'Metrics of this agent, for Prometheus',
          response: { 200: answer('Metrics in the Prometheus text format.', z.string(), 'text/plain'), ...problems() },
        },
        handler: async (_request, reply) => {
          const { contentType, text } = await metrics.text();
          return reply.type(contentType).send(text);
        },
      });
    },
  };
}
