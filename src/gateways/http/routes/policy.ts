import { z } from 'zod';
import { allTenants, tenantAsked, tenantQuery } from '../../../http/callers/tenant-asked.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { policyDocumentSchema, policyFindingsSchema } from '../../../wire/http/policy.ts';
import { executionRequestSchema } from '../../../wire/request/request.ts';
import { explainRequest } from '../../message/explain-request.ts';
import type { HttpOptions } from '../http-options.ts';

/** Of a request to test: it is read on the event loop, which a longer one would hold up. */
const longestTestedBytes = 1024 ** 2;

const testQuery = z.object({
  tenant: tenantQuery.describe('Whose request it would be; one of another tenant needs the scope `admin`.'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'a digest such as sha256:… with 64 digits')
    .optional()
    .describe('What the name of the image is taken to stand for. Without it, rules about digests are judged later.'),
});

export function addPolicyRoutes(app: HttpApp, options: HttpOptions): void {
  app.route({
    method: 'GET',
    url: '/v1/policy',
    config: { scope: 'operate' },
    schema: {
      tags: ['operation'],
      operationId: 'getPolicy',
      summary: 'Get the policy in force on this agent',
      response: { 200: answer('The policy.', policyDocumentSchema), ...problems() },
    },
    handler: async (_request, reply) =>
      reply.type('application/json').send(JSON.stringify({ policy: options.policy().document })),
  });

  app.route({
    method: 'POST',
    url: '/v1/policy/test',
    bodyLimit: Math.min(longestTestedBytes, options.limits.maxMessageBytes),
    config: { scope: 'submit' },
    schema: {
      tags: ['executions'],
      operationId: 'testPolicy',
      summary: 'Check a request against the policy',
      description:
        'What each rule says of the request of this tenant, with the policy that is in force. Nothing runs. The request may have at most 1 MiB.',
      querystring: testQuery,
      body: executionRequestSchema,
      response: { 200: answer('The findings.', policyFindingsSchema), ...problems(413, 415) },
    },
    handler: async (request, reply) => {
      const tenant = tenantAsked(request.caller, request.query.tenant);
      if (tenant === undefined)
        throw new HttpProblem(400, `tenant: a request is of one tenant. Name it instead of "${allTenants}".`);
      const { responseChannel, servicePort, limits } = options;
      const explanation = explainRequest({
        text: typeof request.body === 'string' ? request.body : '',
        tenant,
        digest: request.query.digest,
        policy: options.policy(),
        config: { messageBytes: limits.maxMessageBytes, responseChannel, servicePort },
      });
      return reply.type('application/json').send(JSON.stringify(explanation));
    },
  });
}
