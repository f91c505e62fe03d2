import { z } from 'zod';
import { isAllowlistEntry } from '../../support/addresses/host-allowlist.ts';
import { integer, list, text } from './config-values.ts';

/** The settings of the webhook. */
export const webhookSettings = {
  webhookUrl: z
    .url({ protocol: /^https?$/, error: 'an http: or https: URL' })
    .optional()
    .meta({
      group: 'Webhook',
      env: 'EXEC_WEBHOOK_URL',
      secret: true,
      description: 'Gets a POST whenever an execution has finished, with the event as JSON. Unset: none.',
    }),
  webhookSecret: text().optional().meta({
    group: 'Webhook',
    env: 'EXEC_WEBHOOK_SECRET',
    secret: true,
    description:
      'Signs what the webhook gets: exec-agent-signature: t=SECONDS,v1=HEX is the HMAC-SHA-256 of "SECONDS.BODY". Needed with EXEC_WEBHOOK_URL.',
  }),
  webhookHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Webhook',
      env: 'EXEC_WEBHOOK_HOSTS',
      description:
        'Hosts, addresses and networks that the webhook may be at although they are not on the public internet.',
    }),
  webhookAttempts: integer(1, 100).default(6).meta({
    group: 'Webhook',
    env: 'EXEC_WEBHOOK_ATTEMPTS',
    description: 'How often the webhook is told of the same end while it fails.',
  }),
};
