import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { awaitWithSignal } from '../abort/await-with-signal.ts';
import { givenAddresses } from './given-addresses.ts';
import { type HostRules, judgeHost } from './judge-host.ts';

export interface AskOptions {
  readonly rules: HostRules;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent; absent: nothing is. */
  readonly body?: Readable;
  /** How long the server may be silent, and how long it may take no byte. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/**
 * One request to a host of somebody else's choosing. The host is judged first, and it is the judged address that is connected
 * to; redirects are answers like others.
 * @throws ExecError of judgeHost; the signal's reason; what the connection or the body fails with
 */
export async function askUrl(method: 'GET' | 'PUT' | 'POST', url: URL, options: AskOptions): Promise<IncomingMessage> {
  const { rules, headers, body, idleMs, signal } = options;
  const addresses = await awaitWithSignal(judgeHost(url.hostname, rules), signal);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const asked = request(url, {
    method,
    // A connection of its own: one that another request left open could lead to another address.
    agent: false,
    headers: { 'user-agent': 'exec-agent', ...(body === undefined ? {} : { expect: '100-continue' }), ...headers },
    lookup: givenAddresses(addresses),
    timeout: idleMs,
    signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    asked.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    asked.once('timeout', () => (answer ?? asked).destroy(new Error(`it was silent for ${idleMs / 1000} s`)));
    asked.once('error', (error) => reject(signal.aborted ? signal.reason : error));
  });
  if (body === undefined) asked.end();
  else sendWhenWanted(asked, body);
  return answered;
}

/** Servers that do not know of `100-continue` get the body after this time. */
const continueMs = 1000;

/** A server that refuses does so before it has the body: one that closes on us while we send could not be heard. */
function sendWhenWanted(asked: ClientRequest, body: Readable): void {
  const send = () => {
    release();
    pipeline(body, asked).catch((error: unknown) => asked.destroy(error instanceof Error ? error : undefined));
  };
  const timer = setTimeout(send, continueMs);
  const release = () => {
    clearTimeout(timer);
    asked.off('continue', send).off('response', release).off('close', release);
  };
  asked.once('continue', send).once('response', release).once('close', release);
}
