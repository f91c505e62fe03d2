import { z } from 'zod';
import { tenantAsked } from '../../../http/callers/tenant-asked.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, idParams, problems, waitQuery } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { executionPageSchema, executionViewSchema } from '../../../wire/http/executions.ts';
import { executionRequestSchema } from '../../../wire/request/request.ts';
import { listedOf, viewBody, viewWithPlace } from '../executions/execution-view.ts';
import { findExecution } from '../executions/find-execution.ts';
import { filterOf, listQuery } from '../executions/list-query.ts';
import type { OpenWaits } from '../executions/open-waits.ts';
import { removeObjects } from '../executions/remove-objects.ts';
import { submitAndReply } from '../executions/submit-and-reply.ts';
import type { HttpOptions } from '../http-options.ts';

const tags = ['executions'];
const json = 'application/json';

export function addExecutionRoutes(app: HttpApp, options: HttpOptions, waits: OpenWaits): void {
  app.route({
    method: 'POST',
    url: '/v1/executions',
    config: { scope: 'submit', action: 'submit' },
    schema: {
      tags,
      operationId: 'submitExecution',
      summary: 'Submit a request',
      description:
        'Queues the request and returns 202 with `location`. With `wait`, returns 200 with the response if the execution finishes within that time. The same `correlation_id` and body is the same execution, so a submission can be repeated safely.',
      querystring: waitQuery,
      body: executionRequestSchema,
      response: {
        200: answer('The finished execution.', executionViewSchema),
        202: answer('Queued. `location` is the URL of the execution.', executionViewSchema),
        ...problems(413, 415),
      },
    },
    handler: (request, reply) =>
      submitAndReply(textOf(request.body), { request, reply, wait: request.query.wait }, options, waits),
  });

  app.route({
    method: 'GET',
    url: '/v1/executions',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'listExecutions',
      summary: 'List executions, newest first',
      description:
        'Several values of `state` or `code` mean any of them, several of `tag` all of them. A page can be short, or empty, although `next` is present: a search by `prefix` or `agent` looks at a number of executions per page.',
      querystring: listQuery,
      response: { 200: answer('A page of executions.', executionPageSchema), ...problems() },
    },
    handler: async (request, reply) => {
      const { limit, cursor, tenant: asked, ...query } = request.query;
      const tenant = tenantAsked(request.caller, asked);
      const filter = { ...filterOf(query), ...(tenant === undefined ? {} : { tenant }) };
      const { executions, next } = await options.queue.list(filter, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const page = { executions: executions.map(listedOf), ...(next === undefined ? {} : { next }) };
      return reply.type(json).send(JSON.stringify(page));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/executions/:id',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getExecution',
      summary: 'Get an execution, with its response if it has finished',
      params: idParams,
      querystring: waitQuery,
      response: { 200: answer('The current state.', executionViewSchema), ...problems(404) },
    },
    handler: async (request, reply) => {
      const found = await findExecution(request.params.id, request.caller, options);
      const { wait = 0 } = request.query;
      const later =
        wait === 0 || found.state === 'finished'
          ? found
          : await waits.open(request, reply, wait).awaitFinish(found.plan.id);
      return reply.type(json).send(await viewWithPlace(later ?? found, options));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/executions/:id/cancel',
    config: { scope: 'submit', action: 'cancel' },
    schema: {
      tags,
      operationId: 'cancelExecution',
      summary: 'Cancel an execution',
      description: 'The response contains what the container has written so far. A finished execution is not changed.',
      params: idParams,
      response: { 202: answer('The cancellation was requested.', executionViewSchema), ...problems(404) },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      if (record.state !== 'finished') await options.cancel(record.plan.id);
      reply.header('location', `/v1/executions/${record.plan.id}`);
      return reply
        .code(202)
        .type(json)
        .send(await viewBody(record, options));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/executions/:id',
    config: { scope: 'submit', action: 'delete' },
    schema: {
      tags,
      operationId: 'deleteExecution',
      summary: 'Delete the record of a finished execution',
      params: idParams,
      querystring: z.object({
        objects: z.enum(['true', 'false']).optional().describe('Also delete what it uploaded to the object store.'),
      }),
      response: { 204: z.undefined().describe('The record is deleted.'), ...problems(404, 409) },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      if (record.state === 'finished' && request.query.objects === 'true') await removeObjects(record, options);
      if (!(await options.queue.forget(record.plan.id)))
        throw new HttpProblem(
          409,
          `The execution is ${record.state}. Cancel it first, with POST /v1/executions/${record.plan.id}/cancel.`,
        );
      return reply.code(204).send();
    },
  });
}

/** A body of no bytes comes as none at all. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}
