import type { TokenEntry, TokenStore } from '../../access/token-store.ts';
import { type SettingList, settingListSchema, type TokenList, tokenListSchema } from '../../wire/http.ts';
import type { HttpModule } from '../http-room.ts';
import { answer, problems } from '../route-schemas.ts';

export interface OperationOptions {
  readonly tokens: Pick<TokenStore, 'list'>;
  /** Those of this agent, without the values of secret ones. */
  readonly settings: () => SettingList['settings'];
}

const tags = ['operation'];
const json = 'application/json';

/** What operators look at: tokens and settings. Both are changed on the command line. */
export function createOperationModule({ tokens, settings }: OperationOptions): HttpModule {
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
          description:
            'Without the tokens themselves, of which only hashes are kept. "exec-agent token" creates and revokes them.',
          response: { 200: answer('The tokens, oldest first.', tokenListSchema), ...problems() },
        },
        handler: async (_request, reply) => {
          const entries = [...(await tokens.list())].sort((a, b) => a.createdAt - b.createdAt);
          return reply.type(json).send(JSON.stringify({ tokens: entries.map(factsOf) }));
        },
      });

      app.route({
        method: 'GET',
        url: '/v1/settings',
        config: { scope: 'operate' },
        schema: {
          tags,
          operationId: 'listSettings',
          summary: 'List the settings of this agent',
          description: 'Secret ones without their values.',
          response: { 200: answer('Every setting.', settingListSchema), ...problems() },
        },
        handler: async (_request, reply) => reply.type(json).send(JSON.stringify({ settings: settings() })),
      });
    },
  };
}

function factsOf({ id, name, tenant, scopes, createdAt, expiresAt }: TokenEntry): TokenList['tokens'][number] {
  return {
    id,
    name,
    tenant,
    scopes,
    created_at: new Date(createdAt).toISOString(),
    ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
  };
}
