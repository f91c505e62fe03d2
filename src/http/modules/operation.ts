import { type ServiceList, type SettingList, serviceListSchema, settingListSchema } from '../../wire/http/operation.ts';
import type { HttpModule } from '../http-room.ts';
import { answer, problems } from '../route-schemas.ts';

export interface OperationOptions {
  /** Those of this agent, without the values of secret ones. */
  readonly settings: () => SettingList['settings'];
  /** Those of this agent, and what was used of them since its start. */
  readonly services: () => Promise<ServiceList['services']>;
}

/** What operators look at, and change on the command line or in files. */
export function createOperationModule({ settings, services }: OperationOptions): HttpModule {
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

      app.route({
        method: 'GET',
        url: '/v1/services',
        config: { scope: 'operate' },
        schema: {
          tags: ['operation'],
          operationId: 'listServices',
          summary: 'List the services of this agent and their use',
          description:
            'Calls, errors and tokens of executions of all tenants that finished on this agent since its start.',
          response: { 200: answer('The services.', serviceListSchema), ...problems() },
        },
        handler: async (_request, reply) =>
          reply.type('application/json').send(JSON.stringify({ services: await services() })),
      });
    },
  };
}
