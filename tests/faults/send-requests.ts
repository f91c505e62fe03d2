import { Redis } from 'ioredis';
import type { Config } from '../../src/agent/config/config-schema.ts';
import { type FaultRequest, makeRequest, type RequestKind } from './make-requests.ts';
import type { AnswerWatch } from './watch-answers.ts';

export interface Sender {
  /** All that were sent. */
  readonly requests: readonly FaultRequest[];
  /** Puts further requests into the stream, until as many wait for an answer as may. */
  fill(): Promise<void>;
  /** Asks to cancel those that are to be canceled, again and again, as one cancel may reach no agent. */
  cancel(): Promise<void>;
  close(): void;
}

// Enough that something of each kind always runs.
const outstandingMax = 40;
// One whose event was lost counts as running after this time.
const surelyRunningMs = 10_000;
const askAgainMs = 500;

export function createSender(config: Config, kinds: readonly RequestKind[], watch: AnswerWatch): Sender {
  const redis = new Redis(config.redisUrl ?? '', { maxRetriesPerRequest: null });
  // It comes back, and says so by going on.
  redis.on('error', () => undefined);
  const requests: FaultRequest[] = [];
  const toCancel = new Map<FaultRequest, { readonly sentAt: number; askedAt: number }>();

  return {
    requests,
    async fill() {
      while (requests.length - watch.answered.size < outstandingMax) {
        const request = makeRequest(requests.length, kinds);
        requests.push(request);
        if (request.cancel !== undefined) toCancel.set(request, { sentAt: performance.now(), askedAt: 0 });
        await redis.xadd(config.requestChannel, '*', 'request', request.text);
      }
    },
    async cancel() {
      const now = performance.now();
      for (const [request, times] of toCancel) {
        if (watch.answered.has(request.id)) toCancel.delete(request);
        else if (isDue(request, times.sentAt) && now - times.askedAt > askAgainMs) {
          times.askedAt = now;
          await redis.publish(config.controlChannel, JSON.stringify({ cancel: request.id }));
        }
      }
    },
    close: () => redis.disconnect(),
  };

  function isDue({ id, cancel }: FaultRequest, sentAt: number): boolean {
    return cancel === 'at once' || watch.running.has(id) || performance.now() - sentAt > surelyRunningMs;
  }
}
