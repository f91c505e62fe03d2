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
      summary: 'List the images of this agent',
      response: { 200: answer('The images, in no particular order.', imageListSchema), ...problems() },
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
      summary: 'List the agents of this queue',
      response: { 200: answer('Agents that renewed their lease recently.', agentListSchema), ...problems() },
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
      summary: 'Metrics of this agent, for Prometheus',
      response: { 200: answer('Metrics in the Prometheus text format.', z.string(), 'text/plain'), ...problems() },
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
      response: { 200: answer('The process is alive.', healthSchema) },
    },
    handler: async (_request, reply) => reply.type(json).send(JSON.stringify({ status: 'ok' })),
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
      const reason = options.isConnected() ? await options.trouble() : 'Redis is away';
      const health = reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason };
      return reply
        .code(reason === undefined ? 200 : 503)
        .type(json)
        .send(JSON.stringify(health));
    },
  });
}
