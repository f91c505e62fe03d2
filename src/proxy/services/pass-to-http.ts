import { type Call, replyProblem, type ServiceHandler } from '../call.ts';
import { type Problem, problem } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { HttpTarget } from '../service-definition.ts';
import type { Ticket } from '../spending.ts';
import { createUpstreamPool, type UpstreamParts, type UpstreamPool } from '../upstream/upstream-pool.ts';
import { askForUsage, needsWholeBody } from './ai/ask-for-usage.ts';
import { collectBody } from './collect-body.ts';
import { forwardCall } from './forward-call.ts';
import { type ParsedTarget, parseHttpTarget } from './http-target.ts';

/** Passes everything below `/<service>` on to a URL. */
export function passToHttp(service: string, definition: HttpTarget, parts: UpstreamParts): ServiceHandler {
  const { limits } = parts;
  const target = parseHttpTarget(service, definition);
  const pool = createUpstreamPool(target.address, parts);
  const countsTokens = definition.countsTokens ?? false;
  const mount = `/${service}`;
  return {
    countsTokens,
    screen: (call) => screenCall(service, target, call.exchange.head.method, call.path),
    handle(call, ticket) {
      passOn(call, ticket, { service, target, pool, limits, countsTokens, mount, path: `${call.path}${call.query}` });
    },
    async close() {
      pool.close();
    },
  };
}

export interface Passing {
  readonly service: string;
  readonly target: ParsedTarget;
  readonly pool: UpstreamPool;
  readonly limits: ProxyLimits;
  readonly countsTokens: boolean;
  readonly mount: string;
  readonly path: string;
}

/** Passes a call on; where tokens are budgeted, a stream is asked to say how many it took. */
export function passOn(call: Call, ticket: Ticket, passing: Passing): void {
  const { exchange, meter } = call;
  const path = passing.path.startsWith('/') || passing.target.basePath !== '' ? passing.path : `/${passing.path}`;
  const countsTokens = passing.countsTokens && exchange.head.method !== 'HEAD';
  const forwarding = { ...passing, path, countsTokens };
  if (!countsTokens || !meter.countsTokens || !needsWholeBody(exchange.head)) {
    forwardCall(call, ticket, forwarding);
    return;
  }
  collectBody(call, passing.limits, (bytes) => {
    const body = askForUsage(exchange.head, bytes);
    if ('code' in body) return replyProblem(exchange, body);
    forwardCall(call, ticket, { ...forwarding, body });
  });
}

export function screenCall(service: string, target: ParsedTarget, method: string, path: string): Problem | undefined {
  if (!target.methods.has(method)) {
    const error = `The service "${service}" may not be called with ${method}.`;
    return problem(405, 'METHOD_NOT_ALLOWED', error, { fields: `allow: ${[...target.methods].join(', ')}\r\n` });
  }
  if (target.allowsPath(path)) return undefined;
  return problem(403, 'NOT_ALLOWED', `The path ${path} of the service "${service}" is not open to containers.`);
}
