import { z } from 'zod';
import { agentListSchema, healthSchema, imageListSchema } from '../../../wire/http.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpOptions } from '../http-options.ts';
import { answer, problems } from './route-schemas.ts';

const json = 'application/json';

export function addOperatorRoutes(app: HttpApp, options: HttpOptions): void {
  app.route({
    method: 'GET',
    url: '/v1/images',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'listImages',
      summary: 'List the images that this agent has',
      response: { 200: answer('In no order.', imageListSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      const stored = await options.images.list();
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
      summary: 'List the agents that serve the queue',
      response: { 200: answer('Those heard of lately.', agentListSchema), ...problems() },
    },
    handler: async (_request, reply) => {
      const entries = await options.registry.list(options.clock.now());
      const agents = entries.map(({ startedAt, seenAt, home: _, ...entry }) => ({
        ...entry,
        started_at: new Date(startedAt).toISOString(),
        seen_at: new Date(seenAt).toISOString(),
      }));
      return reply.type(json).send(JSON.stringify({ agents }));
    },
  });

  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'getMetrics',
      summary: 'What this agent counts, for Prometheus',
      response: { 200: answer('In the text format of Prometheus.', z.string(), 'text/plain'), ...problems() },
    },
    handler: async (_request, reply) => {
      const { contentType, text } = await options.metrics.text();
      return reply.type(contentType).send(text);
    },
  });

  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      tags: ['operation'],
      operationId: 'isAlive',
      summary: 'Whether the process is alive',
      response: { 200: answer('It is.', healthSchema) },
    },
    handler: async (_request, reply) => reply.type(json).send(JSON.stringify({ status: 'ok' })),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      tags: ['operation'],
      operationId: 'isReady',
      summary: 'Whether requests would be run',
      response: { 200: answer('They would.', healthSchema), 503: answer('Not now.', healthSchema) },
    },
    handler: async (_request, reply) => {
      const reason = options.isConnected() ? await options.trouble() : 'Redis is away';
      const health = reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason };
      return reply
        .code(reason === undefined ? 200 : 503)
        .type(json)
        .send(JSON.stringify(health));
    },
  });
}
