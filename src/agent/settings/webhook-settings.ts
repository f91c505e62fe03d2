import { z } from 'zod';
import { isAllowlistEntry } from '../../support/net/host-allowlist.ts';
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
      description: 'URL that receives a POST with the event as JSON when an execution has finished. Unset: none.',
    }),
  webhookSecret: text().optional().meta({
    group: 'Webhook',
    env: 'EXEC_WEBHOOK_SECRET',
    secret: true,
    description:
      'Key that signs webhook calls: exec-agent-signature: t=SECONDS,v1=HEX is the HMAC-SHA-256 of "SECONDS.BODY". Required with EXEC_WEBHOOK_URL.',
  }),
  webhookHosts: list(isAllowlistEntry, 'host names, *.names, addresses and networks, with commas between them')
    .optional()
    .meta({
      group: 'Webhook',
      env: 'EXEC_WEBHOOK_HOSTS',
      description: 'Hosts, addresses and networks outside the public internet that the webhook may be at.',
    }),
  webhookAttempts: integer(1, 100).default(6).meta({
    group: 'Webhook',
    env: 'EXEC_WEBHOOK_ATTEMPTS',
    description: 'Maximum number of attempts to deliver one webhook event.',
  }),
};
