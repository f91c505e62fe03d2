import type { Gateway } from '../../gateways/gateway.ts';
import { httpGateway } from '../../gateways/http/executions/submit-request.ts';
import type { HttpOptions } from '../../gateways/http/http-options.ts';
import type { MessageResponder } from '../../gateways/message/response/create-message-responder.ts';
import { redisGateway } from '../../gateways/redis/handle-request.ts';
import { type TesOptions, tesGateway } from '../../gateways/tes/tes-options.ts';
import { tesResponder } from '../../gateways/tes/tes-responder.ts';

/** What gateways with routes of their own use of the agent. */
export type GatewayParts = HttpOptions & TesOptions;

/**
 * Every way in, by the name that plans carry. What subscribes to Redis is opened by the agent itself.
 * @param tes whether tasks of GA4GH TES are accepted; those that were accepted earlier run in any case
 */
export function openGateways(
  responder: MessageResponder,
  { tes }: { readonly tes: boolean },
): readonly Gateway<GatewayParts>[] {
  return [
    { name: redisGateway, responder },
    {
      name: httpGateway,
      responder,
      openHttpModule: async (parts) =>
        (await import('../../gateways/http/create-http-module.ts')).createHttpModule(parts),
    },
    {
      name: tesGateway,
      responder: tesResponder,
      ...(tes && {
        openHttpModule: async (parts: GatewayParts) =>
          (await import('../../gateways/tes/create-tes-module.ts')).createTesModule(parts),
      }),
    },
  ];
}
