import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Config } from '../../agent/config/config-schema.ts';
import { createListeners } from '../../client/redis/listeners.ts';
import { sendAndWait } from '../../client/redis/send-and-wait.ts';
import { onAbort } from '../../support/abort/on-abort.ts';
import { ExecError } from '../../support/exec-error.ts';
import { parseJson, stringifyJson } from '../../support/json/json.ts';
import { readExactJson } from '../../support/json/read-json.ts';
import { withDeadline } from '../../support/time/deadline.ts';

export interface Exchange {
  readonly redis: Redis;
  readonly config: Pick<Config, 'requestChannel' | 'responseChannel' | 'controlChannel'>;
  /** Told how many agents heard the request; may throw to give up. */
  readonly onHeard: (agents: number) => void;
}

export interface WaitOptions extends Exchange {
  /** Aborted to cancel the execution; its answer is still waited for. */
  readonly cancel: AbortSignal;
  readonly timeoutMs: number | undefined;
}

export interface Answer {
  readonly success: boolean;
  /** As it came, every digit of it. */
  readonly text: string;
  readonly error?: string | undefined;
  readonly code?: string | undefined;
}

const addressSchema = z.looseObject({ correlation_id: z.string().optional(), reply_to: z.string().optional() });

const answerSchema = z.object({
  correlation_id: z.string().nullable(),
  success: z.boolean(),
  error: z.string().optional(),
  error_code: z.string().optional(),
});

/**
 * Publishes a valid request and brings the text of its answer.
 * @throws ExecError TIMEOUT when none comes in time; the execution goes on
 */
export async function askAndWait(text: string, options: WaitOptions): Promise<Answer> {
  const { redis, config, onHeard, cancel, timeoutMs } = options;
  const request = addressSchema.parse(parseJson(text));
  const id = request.correlation_id ?? randomUUID();
  const channel = request.reply_to ?? `${config.responseChannel}:${randomUUID()}`;
  const subscriber = redis.duplicate();
  const responses = createListeners<Answer>();
  subscriber.on('message', (_channel, message) => responses.tell(readAnswer(message, id)));
  let release: () => void = () => undefined;
  const send = async () => {
    await subscriber.subscribe(channel);
    const message = stringifyJson({ ...request, correlation_id: id, reply_to: channel });
    onHeard(await redis.publish(config.requestChannel, message));
    release = onAbort(cancel, () => void redis.publish(config.controlChannel, JSON.stringify({ cancel: id })));
  };
  const ask = (signal?: AbortSignal) => sendAndWait({ responses, isWanted: () => true, send, signal });
  try {
    if (timeoutMs === undefined) return await ask();
    const parent = new AbortController().signal;
    return await withDeadline({ ms: timeoutMs, reason: () => tooLate(timeoutMs, id, config), parent }, ask);
  } finally {
    release();
    subscriber.disconnect();
  }
}

function readAnswer(text: string, id: string): Answer | undefined {
  const { data: answer } = readExactJson(text, answerSchema);
  if (answer?.correlation_id !== id) return undefined;
  const { success, error, error_code: code } = answer;
  return { success, text, error, code };
}

function tooLate(ms: number, id: string, { controlChannel }: WaitOptions['config']): ExecError {
  return new ExecError(
    'TIMEOUT',
    `There was no response within ${ms / 1000} s. The execution may still run. To cancel it, publish {"cancel": ${JSON.stringify(id)}} on ${controlChannel}.`,
  );
}
