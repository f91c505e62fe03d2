import { delay } from '../../src/support/time/deadline.ts';
import type { FuzzRequest } from './request/make-request.ts';
import type { Sender } from './send-request.ts';
import type { ResponseWatch } from './watch-responses.ts';

/** How a request ended: the code of its response or `OK`, a refusal over HTTP, or what is wrong. */
export type Settled = { readonly ended: string } | { readonly wrong: string };

/** Sends the request and waits for its one response. */
export async function settleRequest(
  request: FuzzRequest,
  {
    sender,
    watch,
    patienceMs,
  }: { readonly sender: Sender; readonly watch: ResponseWatch; readonly patienceMs: number },
): Promise<Settled> {
  const pending = watch.expect(request);
  try {
    const sent = await sender.send(request);
    if (typeof sent === 'object') return sent;
    if (sent === 'refused') return { ended: 'refused over HTTP' };
    const waiting = new AbortController();
    await Promise.race([pending.first, delay(patienceMs, waiting.signal).catch(() => undefined)]);
    waiting.abort();
    const [response, second] = pending.responses;
    if (response === undefined) return { wrong: `no response within ${patienceMs / 1000} s` };
    if (second !== undefined) return { wrong: 'two responses' };
    if (response.error_code === 'INTERNAL') return { wrong: `INTERNAL: ${response.error}` };
    return { ended: response.error_code ?? 'OK' };
  } finally {
    pending.end();
  }
}
