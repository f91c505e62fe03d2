import { z } from 'zod';
import { tokenFactsOf, tokenListOf, tokensOnPage } from '../../access/token-list.ts';
import type { TokenStore } from '../../access/token-store.ts';
import { readJson } from '../../support/json/read-json.ts';
import type { Clock } from '../../support/time/clock.ts';
import { createdTokenSchema, tokenListSchema, tokenRequestSchema } from '../../wire/http/tokens.ts';
import type { HttpModule } from '../http-room.ts';
import { HttpProblem } from '../problem.ts';
import { answer, problems } from '../route-schemas.ts';

export interface TokenOptions {
  readonly tokens: Pick<TokenStore, 'list' | 'create' | 'revokeUnlessLast'>;
  readonly clock: Clock;
}

const tags = ['operation'];
const json = 'application/json';

const listQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(tokensOnPage.most)
    .default(tokensOnPage.usual)
    .describe('Maximum number of tokens. `next` is present if more follow.'),
  cursor: z.string().optional().describe('`next` of the previous page.'),
});

/** Who may call: operators see it, administrators change it. */
export function createTokenModule({ tokens, clock }: TokenOptions): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/v1/tokens',
        config: { scope: 'operate' },
        schema: {
          tags,
          operationId: 'listTokens',
          summary: 'List the tokens of all tenants',
          description: 'Without the tokens themselves, of which only hashes are kept.',
          querystring: listQuery,
          response: { 200: answer('A page of tokens, oldest first.', tokenListSchema), ...problems() },
        },
        handler: async ({ query }, reply) =>
          reply.type(json).send(JSON.stringify(tokenListOf(await tokens.list(query)))),
      });

      app.route({
        method: 'POST',
        url: '/v1/tokens',
        config: { scope: 'admin', action: 'create token' },
        schema: {
          tags,
          operationId: 'createToken',
          summary: 'Create a token',
          description: 'The response has the token. It is not shown again: the agent keeps a hash of it.',
          body: tokenRequestSchema,
          response: { 201: answer('The token.', createdTokenSchema), ...problems(415) },
        },
        handler: async (request, reply) => {
          const text = typeof request.body === 'string' ? request.body : '';
          const { data, problem } = readJson(text, tokenRequestSchema);
          if (problem !== undefined) throw new HttpProblem(400, `The body: ${problem}.`);
          const { tenant, scopes, name = '', expires_at: expires } = data;
          const now = clock.now();
          const expiresAt = expires === undefined ? undefined : Date.parse(expires);
          if (expiresAt !== undefined && expiresAt <= now)
            throw new HttpProblem(400, 'expires_at: is in the past. Use a later time, or leave it out.');
          const { token, entry } = await tokens.create({ name, tenant, scopes, expiresAt }, now);
          return reply
            .code(201)
            .headers({ location: `/v1/tokens/${entry.id}`, 'cache-control': 'no-store' })
            .type(json)
            .send(JSON.stringify({ token, ...tokenFactsOf(entry) }));
        },
      });

      app.route({
        method: 'DELETE',
        url: '/v1/tokens/:token_id',
        config: { scope: 'admin', action: 'revoke token' },
        schema: {
          tags,
          operationId: 'revokeToken',
          summary: 'Revoke a token immediately',
          description: 'Sessions of the dashboard that were opened with it end too. The last token stays.',
          params: z.object({ token_id: z.string().min(1).max(64).describe('As `listTokens` has it.') }),
          response: { 204: z.undefined().describe('The token is revoked.'), ...problems(404, 409) },
        },
        handler: async (request, reply) => {
          const { token_id: id } = request.params;
          const revocation = await tokens.revokeUnlessLast(id);
          if (revocation === 'missing')
            throw new HttpProblem(404, `There is no token ${JSON.stringify(id)}. GET /v1/tokens lists all.`);
          // Without one, everyone on the host of the agent may do everything.
          if (revocation === 'last')
            throw new HttpProblem(
              409,
              'It is the last token. Without one, the agent serves everyone on its host. Create another one first, or use "exec-agent token revoke".',
            );
          return reply.code(204).send();
        },
      });
    },
  };
}
