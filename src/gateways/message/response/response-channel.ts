import type { Answer } from '../../../queue/execution-queue.ts';

/** The tenant of requests over Redis, and over HTTP without a token. */
const commonTenant = 'default';

/** What follows the common channel in the channels of tenants; no `reply_to` may begin with it. */
const tenantPart = ':tenant:';

/**
 * Where the response of an execution goes: to its `reply_to`, to the common channel for the tenant `default`, or to a
 * channel that its tenant alone has, `exec-responses:tenant:<tenant>`.
 */
export function responseChannelOf(
  plan: { readonly tenant: string; readonly replyTo?: string | undefined },
  commonChannel: string,
): string {
  if (plan.replyTo !== undefined) return plan.replyTo;
  return plan.tenant === commonTenant ? commonChannel : `${commonChannel}${tenantPart}${plan.tenant}`;
}

/** Whether a request may name the channel: below the common one, and not one of a tenant. */
export function isReplyChannel(channel: string, commonChannel: string): boolean {
  const isBelow = channel.startsWith(`${commonChannel}:`) && channel.length > commonChannel.length + 1;
  return isBelow && !channel.startsWith(`${commonChannel}${tenantPart}`);
}

/** @param commonChannel the stream of this channel stays; those of others go after the retention time */
export function answerOn(channel: string, text: string, commonChannel: string): Answer {
  return { channel, text, expires: channel !== commonChannel };
}
