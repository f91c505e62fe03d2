import { HttpProblem } from '../../../http/problem.ts';
import { answer, idParams, problems, waitQuery } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { encodeInTurns } from '../../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../../support/time/next-turn.ts';
import { executionViewSchema } from '../../../wire/http/executions.ts';
import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import { executionRequestSchema } from '../../../wire/request/request.ts';
import { requestTextOf } from '../../message/draft/request-of-plan.ts';
import { findExecution } from '../executions/find-execution.ts';
import type { OpenWaits } from '../executions/open-waits.ts';
import { submitAndReply } from '../executions/submit-and-reply.ts';
import { httpGateway } from '../executions/submit-request.ts';
import type { HttpOptions } from '../http-options.ts';

const tags = ['executions'];
/** Gateways whose requests have the form of those over HTTP. */
const sameForm: readonly string[] = [httpGateway, 'redis'];

/** The request of an execution, and the same once more. */
export function addRequestRoutes(app: HttpApp, options: HttpOptions, waits: OpenWaits): void {
  app.route({
    method: 'GET',
    url: '/v1/executions/:id/request',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getRequest',
      summary: 'Get the request of an execution',
      description:
        'As it was admitted: what the request left open has the value that was used. Secrets are names only. Change it and submit it again, or use `rerunExecution`.',
      params: idParams,
      response: { 200: answer('The request.', executionRequestSchema), ...problems(404, 409) },
    },
    handler: async (request, reply) => {
      const { plan } = await findExecution(request.params.id, request.caller, options);
      return reply.type('application/json').send(await encodeInTurns(await requestOf(plan)));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/executions/:id/rerun',
    config: { scope: 'submit', action: 'rerun' },
    schema: {
      tags,
      operationId: 'rerunExecution',
      summary: 'Run the request of an execution again',
      description:
        'A new execution of the same tenant, with an id of its own and no correlation id. The policy and limits of today apply. Each call runs it once more.',
      params: idParams,
      querystring: waitQuery,
      response: {
        200: answer('The finished execution.', executionViewSchema),
        202: answer('Queued. `location` is the URL of the new execution.', executionViewSchema),
        ...problems(404, 409),
      },
    },
    handler: async (request, reply) => {
      const { plan } = await findExecution(request.params.id, request.caller, options);
      return submitAndReply(
        await requestOf(plan, { isAnother: true }),
        { request, reply, tenant: plan.tenant, wait: request.query.wait },
        options,
        waits,
      );
    },
  });
}

/** @throws HttpProblem 409 for a request of another form */
async function requestOf(plan: ExecutionPlan, options?: { readonly isAnother: boolean }): Promise<string> {
  // Reading a large record has just taken its time.
  await nextTurn();
  if (sameForm.includes(plan.gateway)) return requestTextOf(plan, options);
  throw new HttpProblem(
    409,
    `The execution came through the gateway "${plan.gateway}", whose requests have another form. Send it again there.`,
  );
}
