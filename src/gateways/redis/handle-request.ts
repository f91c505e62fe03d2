import { randomUUID } from 'node:crypto';
import type { Answer, Delivery, ExecutionQueue } from '../../queue/execution-queue.ts';
import { isRefusedForGood } from '../../queue/records/refused-for-good.ts';
import { ExecError, toExecError } from '../../support/exec-error.ts';
import type { Clock } from '../../support/time/clock.ts';
import type { ExecutionPlan, PlanDraft } from '../../wire/plan/plan.ts';
import type { ExecutionRecord } from '../../wire/record/record.ts';
import type { Drafter } from '../message/draft/create-drafter.ts';
import type { DraftedRequest } from '../message/draft/draft-request.ts';
import { refuseTooLarge } from '../message/draft/refuse-too-large.ts';
import { fingerprintOf } from '../message/request/fingerprint-of.ts';
import { refusalToResponse } from '../message/response/refusal-to-response.ts';
import { replyToOf } from '../message/response/reply-address.ts';
import { answerOn, isReplyChannel } from '../message/response/response-channel.ts';
import { responseText } from '../message/response/response-text.ts';

export interface RequestTools {
  readonly queue: ExecutionQueue;
  readonly draft: Drafter['draft'];
  readonly admit: (draft: PlanDraft) => ExecutionPlan;
  /** To those who listen and into the answer stream. */
  readonly publish: (answer: Answer) => Promise<void>;
  /** The answer to a finished execution, with further warnings. */
  readonly answerTo: (
    record: Extract<ExecutionRecord, { state: 'finished' }>,
    warnings: readonly string[],
  ) => Promise<string>;
  readonly responseChannel: string;
  /** Where containers find their services. */
  readonly servicePort: number;
  readonly maxMessageBytes: number;
  /** How long the same id and body are the same request, in milliseconds. */
  readonly dedupeMs: number;
  /** The same for a body without an id: just long enough for all agents to receive it. */
  readonly anonymousDedupeMs: number;
  readonly clock: Clock;
}

export type StreamDelivery = Required<Pick<Delivery, 'source' | 'stream'>>;

/** In the plans of requests that came over Redis. */
export const redisGateway = 'redis';

/** Redis carries no caller's identity, so all who may publish there are one tenant. */
export const redisTenant = 'default';

/**
 * One message: queued, recognised as known, or refused with the reason.
 * @param delivery names a delivery that only this agent gets; absent: all agents receive the message
 */
export async function handleRequest(message: Buffer, tools: RequestTools, delivery?: StreamDelivery): Promise<void> {
  const source = delivery?.source;
  const { responseChannel, servicePort, maxMessageBytes: maxBytes } = tools;
  const executionId = randomUUID();
  const origin = { executionId, gateway: redisGateway, tenant: redisTenant };
  const reading =
    message.length > maxBytes
      ? refuseTooLarge(message, maxBytes)
      : tools.draft(message.toString(), { ...origin, responseChannel, servicePort, maxBytes });
  // What is read at once is queued in this turn, together with its neighbours.
  const drafted = reading instanceof Promise ? await reading : reading;
  const { digest } = drafted;
  if (!drafted.ok) return source === undefined ? refuseOnce(drafted, tools) : refuse(drafted, tools);
  const { correlationId, address: replyAddress } = drafted.draft;
  const replyTo = replyToOf(replyAddress);
  const address = { digest, correlationId, ...(replyTo === undefined ? {} : { replyTo }) };
  let plan: ExecutionPlan;
  try {
    plan = tools.admit(drafted.draft);
  } catch (error) {
    const refusal = { ok: false, ...address, error: toExecError(error) } as const;
    return source === undefined ? refuseOnce(refusal, tools) : refuse(refusal, tools);
  }
  try {
    const recorded = { ...deliveryOf({ digest, correlationId }, tools, source), ...delivery };
    const submitted = await tools.queue.submit(plan, recorded);
    if (submitted.result === 'duplicate' && submitted.delivery === 'again')
      await answerAgain(submitted.of, plan, tools);
  } catch (error) {
    // Anything else passes: the message is not answered for good, so that it can be handled again.
    if (!(error instanceof ExecError) && !isRefusedForGood(error)) throw error;
    await refuse({ ok: false, ...address, error: toExecError(error) }, tools);
  }
}

function deliveryOf(
  { digest, correlationId }: Pick<Refusal, 'digest' | 'correlationId'>,
  tools: RequestTools,
  source?: string,
): Delivery {
  // Without an id of its own each entry of a stream is a request, however equal their texts are.
  const known = correlationId ?? (source === undefined ? '' : `\0${source}`);
  const fingerprint = fingerprintOf(redisTenant, known, digest);
  return { fingerprint, windowMs: correlationId === null ? tools.anonymousDedupeMs : tools.dedupeMs };
}

type Refusal = Extract<DraftedRequest, { ok: false }>;

/** Every agent receives the bad message; one answers its sender. */
async function refuseOnce(refusal: Refusal, tools: RequestTools): Promise<void> {
  const { fingerprint } = deliveryOf(refusal, tools);
  const recorded = { fingerprint: `refused:${fingerprint}`, windowMs: tools.anonymousDedupeMs };
  if ((await tools.queue.recordDelivery(recorded)) !== 'echo') await refuse(refusal, tools);
}

async function refuse({ correlationId, replyTo, error }: Refusal, tools: RequestTools): Promise<void> {
  const response = refusalToResponse({
    tenant: redisTenant,
    correlationId,
    executionId: randomUUID(),
    error,
    now: tools.clock.now(),
  });
  const channel =
    replyTo !== undefined && isReplyChannel(replyTo, tools.responseChannel) ? replyTo : tools.responseChannel;
  const text = await responseText(response, { maxBytes: tools.maxMessageBytes });
  await tools.publish(answerOn(channel, text, tools.responseChannel));
}

/** The same request once more: it does not run again, its sender gets the answer that is on record. */
async function answerAgain(executionId: string, plan: ExecutionPlan, tools: RequestTools): Promise<void> {
  const record = await tools.queue.find(redisTenant, executionId);
  // One that has not finished yet will answer when it has: the sender hears that.
  if (record?.state !== 'finished') return;
  const warning =
    'This is the recorded answer to an earlier request with the same correlation id and body; it did not run again.';
  const channel = replyToOf(plan.address) ?? tools.responseChannel;
  await tools.publish(answerOn(channel, await tools.answerTo(record, [warning]), tools.responseChannel));
}
