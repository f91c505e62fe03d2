import { type Call, replyProblem } from '../call.ts';
import { traceFields } from '../call-trace.ts';
import type { BodyReceiver } from '../http/exchange.ts';
import { valueIn } from '../http/head/field-lines.ts';
import type { ResponseHead } from '../http/head/parse-response-head.ts';
import type { Problem } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { Ticket } from '../spending.ts';
import type { UpstreamPool } from '../upstream/upstream-pool.ts';
import type { UpstreamFailure } from '../upstream/upstream-request.ts';
import { createTokenScanner } from './ai/scan-tokens.ts';
import { tokenBound } from './ai/token-bound.ts';
import { explainFailure } from './explain-failure.ts';
import type { ParsedTarget } from './http-target.ts';

export interface Forwarding {
  readonly service: string;
  readonly target: ParsedTarget;
  readonly pool: UpstreamPool;
  readonly limits: ProxyLimits;
  /** Path and query at the target, behind its base path. */
  readonly path: string;
  /** Where `/` of the target is for the container, for redirects. */
  readonly mount: string;
  /** Sent in place of the request's own body. */
  readonly body?: Buffer;
  readonly countsTokens: boolean;
}

/** Passes a call on as it comes and its answer back as it comes, with secrets put in on the way and taken out again. */
export function forwardCall(
  { exchange, executionId, tenant, meter, trace }: Call,
  ticket: Ticket,
  forwarding: Forwarding,
): void {
  const { service, target, pool, limits, body, countsTokens } = forwarding;
  const { client, head } = exchange;
  const scanner = countsTokens ? createTokenScanner() : undefined;
  let status = 0;
  let isSent = false;
  /** What has come of the request's body before a connection to the upstream takes it. */
  const gathered: Buffer[] = [];
  let isComplete = false;
  // The body of a call whose tokens are budgeted is read whole before it is passed on.
  const bound = body === undefined ? limits.tokensPerCall : tokenBound(body, limits.tokensPerCall);

  const upstream = pool.call(
    {
      executionId,
      tenant,
      method: head.method,
      head: requestText(),
      body: body !== undefined ? 'plain' : head.body === 0 ? 'none' : head.body === 'chunked' ? 'chunked' : 'plain',
    },
    { onReady, onHead, onData, onEnd, onFail, onDrain: () => client.resumeBody(exchange) },
  );
  exchange.onGone = () => {
    chargeCut();
    upstream.abort();
  };
  exchange.onDrain = upstream.resume;
  if (body !== undefined) ticket.reserve(bound, () => upstream.start(), refuse);
  else if (head.body === 0) upstream.start();
  else sendBody(head.body);

  function refuse(refusal: Problem): void {
    upstream.abort();
    replyProblem(exchange, refusal);
  }

  function requestText(): string {
    let text = `${head.method} ${target.basePath}${forwarding.path} HTTP/1.1\r\n${target.ownFields}x-execution-id: ${executionId}\r\n`;
    const { fields } = head;
    if (trace !== undefined) text += traceFields(trace, fields);
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index] ?? '';
      if (target.reserved.has(name) || (countsTokens && name === 'accept-encoding') || isReplaced(name)) continue;
      text += fields[index + 1];
    }
    // What is compressed cannot be counted.
    if (countsTokens) text += 'accept-encoding: identity\r\n';
    if (body !== undefined) text += `content-length: ${body.length}\r\n`;
    else if (head.body === 'chunked') text += 'transfer-encoding: chunked\r\n';
    else if (head.body > 0 || hasBodyByCustom(head.method)) text += `content-length: ${head.body}\r\n`;
    return `${text}\r\n`;
  }

  function isReplaced(name: string): boolean {
    return trace !== undefined && (name === 'traceparent' || (name === 'tracestate' && !trace.keepsState));
  }

  function onReady(): void {
    isSent = true;
    if (body !== undefined) {
      upstream.write(body);
      upstream.endBody();
    } else sendGathered();
  }

  /** Takes no connection to the upstream before there is something to send: a small body whole, else its first piece. */
  function sendBody(length: number | 'chunked'): void {
    const isSmall = length !== 'chunked' && length <= limits.gatheredBodyBytes;
    const receiver: BodyReceiver = {
      data(data) {
        if (isSent) return upstream.write(data);
        const isFirst = gathered.push(data) === 1;
        if (isSmall) return true;
        if (isFirst) upstream.start();
        return isSent || exchange.over;
      },
      end() {
        isComplete = true;
        if (isSent) upstream.endBody();
        else if (isSmall || gathered.length === 0) upstream.start();
      },
    };
    const { bodyBytes: bytes, bodyIdleMs: timeoutMs, bodyBytesPerSecond: bytesPerSecond } = limits;
    client.receiveBody(exchange, receiver, { bytes, timeoutMs, whole: false, bytesPerSecond });
  }

  function sendGathered(): void {
    for (const data of gathered.splice(0)) upstream.write(data);
    if (isComplete) upstream.endBody();
    else client.resumeBody(exchange);
  }

  function onHead(answer: ResponseHead, more: boolean): void {
    status = answer.status;
    const length = typeof answer.body === 'number' ? answer.body : undefined;
    client.startReply(exchange, status, answerFields(answer), length, !more);
  }

  function answerFields({ fields }: ResponseHead): string {
    let text = '';
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const name = fields[index] ?? '';
      const line = fields[index + 1] ?? '';
      if (
        target.secrets.length > 0 &&
        (target.reserved.has(name) || target.secrets.some((secret) => line.includes(secret)))
      )
        continue;
      text += name === 'location' ? `location: ${locationHere(valueIn(line))}\r\n` : line;
    }
    return text;
  }

  /** A redirect within the target stays within the service. */
  function locationHere(location: string): string {
    const path = location.startsWith(`${target.origin}/`) ? location.slice(target.origin.length) : location;
    const base = `${target.basePath}/`;
    return path.startsWith(base) && !path.startsWith('//')
      ? `${forwarding.mount}${path.slice(target.basePath.length)}`
      : location;
  }

  function onData(data: Buffer): boolean {
    scanner?.scan(data);
    return client.write(exchange, data);
  }

  function onEnd(): void {
    // A stream that does not tell is counted by its events: each brings about one token.
    if (scanner !== undefined && status < 300)
      ticket.tokens(scanner.tokens ?? (meter.countsTokens && head.method === 'POST' ? scanner.events : 0));
    client.finish(exchange);
  }

  /** A stream that is cut before it reports its tokens would be free otherwise. */
  function chargeCut(): void {
    if (scanner === undefined || !isSent || status >= 300) return;
    const isBudgeted = meter.countsTokens && head.method === 'POST';
    ticket.tokens(Math.max(scanner.tokens ?? (isBudgeted ? bound : 0), isBudgeted ? scanner.events : 0));
  }

  function onFail(failure: UpstreamFailure): void {
    if (status !== 0) chargeCut();
    if (status === 0) replyProblem(exchange, explainFailure(service, failure, limits));
    else client.cut(exchange);
  }
}

/** Servers may ask for a length where a body is usual. */
function hasBodyByCustom(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
