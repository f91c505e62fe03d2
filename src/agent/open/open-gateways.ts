import type { Gateway } from '../../gateways/gateway.ts';
import { httpGateway } from '../../gateways/http/executions/submit-request.ts';
import type { HttpOptions } from '../../gateways/http/http-options.ts';
import type { MessageResponder } from '../../gateways/message/response/create-message-responder.ts';
import { redisGateway } from '../../gateways/redis/handle-request.ts';

/** What gateways with routes of their own use of the agent. */
export type GatewayParts = HttpOptions;

/** Every way in, by the name that plans carry. What subscribes to Redis is opened by the agent itself. */
export function openGateways(responder: MessageResponder): readonly Gateway<GatewayParts>[] {
  return [
    { name: redisGateway, responder },
    {
      name: httpGateway,
      responder,
      openHttpModule: async (parts) =>
        (await import('../../gateways/http/create-http-module.ts')).createHttpModule(parts),
    },
  ];
}
