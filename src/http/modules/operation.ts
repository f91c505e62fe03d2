import { type SettingList, settingListSchema } from '../../wire/http.ts';
import type { HttpModule } from '../http-room.ts';
import { answer, problems } from '../route-schemas.ts';

export interface OperationOptions {
  /** Those of this agent, without the values of secret ones. */
  readonly settings: () => SettingList['settings'];
}

/** What operators look at, and change on the command line or in files. */
export function createOperationModule({ settings }: OperationOptions): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/v1/settings',
        config: { scope: 'operate' },
        schema: {
          tags: ['operation'],
          operationId: 'listSettings',
          summary: 'List the settings of this agent',
          description: 'Secret ones without their values.',
          response: { 200: answer('Every setting.', settingListSchema), ...problems() },
        },
        handler: async (_request, reply) =>
          reply.type('application/json').send(JSON.stringify({ settings: settings() })),
      });
    },
  };
}
