import { z } from 'zod';
import { digestOf, fingerprintOf } from '../../gateways/message/request/fingerprint-of.ts';
import { redisTenant } from '../../gateways/redis/handle-request.ts';
import type { ExecutionRecords } from '../../queue/execution-queue.ts';
import { type AnyRedis, duplicateRedis, publishCounted } from '../../support/any-redis.ts';
import { ExecError } from '../../support/exec-error.ts';
import { readJson } from '../../support/json/read-json.ts';
import { withoutPassword } from '../../support/text/without-password.ts';
import { delay } from '../../support/time/deadline.ts';
import type { ExecutionRecord } from '../../wire/record/record.ts';
import { errorCodeSchema } from '../../wire/response/error-code-schema.ts';
import type { Config } from '../config/config-schema.ts';

export interface SubmitContext {
  readonly redis: AnyRedis;
  readonly records: Pick<ExecutionRecords, 'findHeard'>;
  readonly config: Pick<Config, 'requestChannel' | 'responseChannel'>;
  /** Of Redis, for messages. */
  readonly url: string;
  readonly signal: AbortSignal;
}

const addressSchema = z.looseObject({ correlation_id: z.string(), reply_to: z.string().optional() });

const refusalSchema = z.object({
  correlation_id: z.string().nullable(),
  success: z.literal(false),
  error: z.string(),
  error_code: errorCodeSchema,
});

const pollMs = 50;
// An agent that is there queues a request within milliseconds; one that is busy in seconds.
const patienceMs = 30_000;

/**
 * Publishes the request and resolves with the record that an agent makes of it.
 * @param request JSON with a `correlation_id`
 * @throws ExecError with the code of the refusal; RUNTIME_UNAVAILABLE when no agent takes it
 */
export async function submitOverRedis(
  request: string,
  { redis, records, config, url, signal }: SubmitContext,
): Promise<{ readonly record: ExecutionRecord; readonly isKnown: boolean }> {
  const { data: address, problem } = readJson(request, addressSchema);
  if (address === undefined) throw new ExecError('INVALID_REQUEST', `The request is not valid: ${problem}.`);
  const fingerprint = fingerprintOf(redisTenant, address.correlation_id, digestOf(request));
  const known = await records.findHeard(fingerprint);
  if (known !== undefined) return { record: known, isKnown: true };

  const subscriber = duplicateRedis(redis);
  let refusal: z.infer<typeof refusalSchema> | undefined;
  subscriber.on('message', (_channel, message) => {
    const { data } = readJson(message, refusalSchema);
    if (data?.correlation_id === address.correlation_id) refusal ??= data;
  });
  try {
    await subscriber.subscribe(address.reply_to ?? config.responseChannel, config.responseChannel);
    const agents = await publishCounted(redis, config.requestChannel, request);
    if (agents === 0) throw nobodyListens(config, url);
    const end = performance.now() + patienceMs;
    while (performance.now() < end) {
      const record = await records.findHeard(fingerprint);
      if (record !== undefined) return { record, isKnown: false };
      if (refusal !== undefined) throw new ExecError(refusal.error_code, refusal.error);
      await delay(pollMs, signal);
    }
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `The request was received, but not queued within ${patienceMs / 1000} s. Look for the reason in the log of the agent, then submit it again.`,
    );
  } finally {
    subscriber.disconnect();
  }
}

function nobodyListens({ requestChannel }: SubmitContext['config'], url: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `No agent is listening on ${requestChannel} at ${withoutPassword(url)}. Start one with "exec-agent serve".`,
  );
}
