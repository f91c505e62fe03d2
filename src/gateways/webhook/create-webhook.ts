import { createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { askUrl } from '../../support/net/ask-url.ts';
import type { HostRules } from '../../support/net/judge-host.ts';
import { showUrl } from '../../support/net/show-url.ts';
import type { Clock } from '../../support/time/clock.ts';
import { settlesWithin } from '../../support/time/deadline.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionEvent } from '../../wire/live.ts';

export interface WebhookOptions {
  readonly url: URL;
  /** Signs what is sent. */
  readonly secret: string;
  readonly rules: HostRules;
  /** Whether this agent is the one that sends it: all agents receive the event. */
  readonly claim: (executionId: string) => Promise<boolean>;
  /** How long the server may be silent. */
  readonly idleMs: number;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells a server of what has finished. */
export interface Webhook {
  onEvent(event: ExecutionEvent): void;
  /** Waits a moment for what is being sent. */
  close(): Promise<void>;
}

const backoffMaxMs = 60_000;
const closeMs = 5000;
// A server that is away for long gets no more than this once it is back.
const mostUnderWay = 1000;

export function createWebhook(options: WebhookOptions): Webhook {
  const { url, claim, attempts, backoffMs, logger } = options;
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();

  const tell = async (event: ExecutionEvent) => {
    const facts = { execution: event.execution_id, url: showUrl(url) };
    if (!(await claim(event.execution_id))) return;
    try {
      const { signal } = closing;
      await withRetries({ attempts, backoffMs, backoffMaxMs, signal, mayPass }, () => send(event, options, signal));
    } catch (error) {
      logger.error({ ...facts, problem: messageOf(error) }, 'a webhook call failed');
    }
  };

  return {
    onEvent(event) {
      if (event.state !== 'finished') return;
      if (underWay.size >= mostUnderWay) {
        logger.error({ execution: event.execution_id }, 'a webhook call was dropped: too many are waiting');
        return;
      }
      const call = tell(event)
        .catch((error: unknown) => logger.error({ err: error }, 'the webhook could not be claimed'))
        .finally(() => underWay.delete(call));
      underWay.add(call);
    },
    async close() {
      const done = Promise.all(underWay);
      if (!(await settlesWithin(done, closeMs))) closing.abort(new ExecError('CANCELED', 'The agent stops.'));
      await done;
    },
  };
}

async function send(event: ExecutionEvent, options: WebhookOptions, signal: AbortSignal): Promise<void> {
  const { url, secret, rules, idleMs, clock } = options;
  const body = JSON.stringify(event);
  const time = Math.floor(clock.now() / 1000);
  const response = await askUrl('POST', url, {
    rules,
    idleMs,
    signal,
    body: Readable.from([Buffer.from(body)]),
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'exec-agent-delivery': event.execution_id,
      'exec-agent-signature': `t=${time},v1=${signatureOf(`${time}.${body}`, secret)}`,
    },
  });
  response.destroy();
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode < 300) return;
  throw new ExecError('STORE_UNAVAILABLE', `it answered with status ${statusCode}`, {
    context: { passing: statusCode >= 500 || statusCode === 429 },
  });
}

/** HMAC-SHA-256, in hexadecimal. */
function signatureOf(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** A host that may not be reached will not be later either; a connection that fails may come back. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ExecError)) return true;
  return error.context.passing === undefined ? error.code === 'STORE_UNAVAILABLE' : error.context.passing === true;
}
