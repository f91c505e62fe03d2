import { createWebhook, type Webhook } from '../../gateways/webhook/create-webhook.ts';
import type { EventHub } from '../../queue/watch-events.ts';
import type { AnyRedis } from '../../support/any-redis.ts';
import { ExecError } from '../../support/exec-error.ts';
import { createHostAllowlist } from '../../support/net/host-allowlist.ts';
import { lookupHost } from '../../support/net/lookup-host.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Config } from '../config/config-schema.ts';

const idleMs = 10_000;
const backoffMs = 1000;
const hostCure = 'The webhook is called there only if EXEC_WEBHOOK_HOSTS allows it.';

/**
 * The webhook where the configuration names one. It is called for executions that finish while an agent listens; for
 * those that finish while none does, it is not.
 * @throws ExecError INVALID_REQUEST without a secret
 */
export async function openWebhook(
  config: Config,
  { redis, events, logger }: { readonly redis: AnyRedis; readonly events: EventHub; readonly logger: Logger },
): Promise<Webhook | undefined> {
  const { webhookUrl, webhookSecret: secret, webhookHosts = [], webhookAttempts: attempts } = config;
  if (webhookUrl === undefined) return undefined;
  if (secret === undefined)
    throw new ExecError(
      'INVALID_REQUEST',
      'EXEC_WEBHOOK_URL needs EXEC_WEBHOOK_SECRET, which signs what is sent there.',
    );
  const keepMs = config.dedupeSeconds * 1000;
  const webhook = createWebhook({
    url: new URL(webhookUrl),
    secret,
    rules: { lookup: lookupHost, allowlist: createHostAllowlist(webhookHosts), cure: hostCure },
    claim: async (id) => (await redis.set(`{${config.keyPrefix}}:told:${id}`, '1', 'PX', keepMs, 'NX')) === 'OK',
    idleMs,
    attempts,
    backoffMs,
    clock: systemClock,
    logger,
  });
  await events.subscribe(webhook.onEvent);
  return webhook;
}
