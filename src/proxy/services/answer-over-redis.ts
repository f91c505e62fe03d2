import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../support/exec-error.ts';
import { isJsonNumber, stringifyJson } from '../../support/json/json.ts';
import { readExactJson } from '../../support/json/read-json.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { Logger } from '../../telemetry/log.ts';
import { type Call, replyJson, replyProblem, type ServiceHandler } from '../call.ts';
import { type Problem, problem } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { RedisChannels, RedisService } from '../service-definition.ts';
import type { Ticket } from '../spending.ts';
import { tokenBound } from './ai/token-bound.ts';
import { collectBody } from './collect-body.ts';
import { createReplyDesk } from './reply-desk.ts';

export interface RedisServiceParts {
  readonly redis: RedisChannels;
  readonly limits: ProxyLimits;
  readonly logger: Logger;
  /** What answers the paths beside `/query`. */
  readonly elsewhere: ServiceHandler | undefined;
}

/** Turns calls of `/query` into messages on Redis and gives the container the reply to its own message. */
export function answerOverRedis(service: RedisService, parts: RedisServiceParts): ServiceHandler {
  const { name } = service;
  const { limits, elsewhere } = parts;
  const requests = service.requestChannel ?? `${name}-requests`;
  const responses = service.responseChannel ?? `${name}-responses`;
  const timeoutMs = service.replyTimeoutMs ?? limits.replyTimeoutMs;
  const desk = createReplyDesk({
    channel: responses,
    redis: parts.redis,
    maxWaiting: limits.pendingReplies,
    maxBytes: limits.replyBytes,
  });

  function handle(call: Call, ticket: Ticket): void {
    if (call.path !== '/query') {
      elsewhere?.handle(call, ticket);
      return;
    }
    collectBody(call, limits, (body) => {
      const id = randomUUID();
      const message = requestText(body, id);
      if (typeof message !== 'string') return replyProblem(call.exchange, message);
      const isAsync = new URLSearchParams(call.query).get('async') === 'true';
      const send = () => {
        const sent = isAsync ? publishOnly(call, ticket, id, message) : ask(call, ticket, id, message);
        sent.catch((error: unknown) => {
          parts.logger.debug({ err: error, service: name }, 'a service could not be asked over Redis');
          replyProblem(call.exchange, unavailable(error));
        });
      };
      ticket.reserve(tokenBound(body, limits.tokensPerCall), send, (refusal) => replyProblem(call.exchange, refusal));
    });
  }

  async function publishOnly({ exchange, meter }: Call, ticket: Ticket, id: string, message: string): Promise<void> {
    await parts.redis.publish(requests, message);
    // Its reply goes elsewhere, with what it took.
    if (meter.countsTokens) ticket.tokens(limits.tokensPerCall);
    replyJson(exchange, 202, JSON.stringify({ correlation_id: id }));
  }

  async function ask({ exchange, meter }: Call, ticket: Ticket, id: string, message: string): Promise<void> {
    await desk.open();
    if (exchange.over) return;
    let heard: number | undefined;
    const accepted = desk.expect(id, timeoutMs, (reply) => {
      if (reply === 'too large') {
        // What it took is in the part that was not read.
        if (meter.countsTokens) ticket.tokens(limits.tokensPerCall);
        return replyProblem(exchange, tooLarge());
      }
      if (typeof reply === 'string') return replyProblem(exchange, noReply(heard));
      ticket.tokens(tokensIn(reply.value));
      replyJson(exchange, 200, reply.text);
    });
    if (!accepted) {
      const error = `${limits.pendingReplies} calls of the service "${name}" wait for a reply already. Try again later.`;
      return replyProblem(exchange, problem(503, 'TOO_MANY_CALLS', error));
    }
    exchange.onGone = () => {
      if (meter.countsTokens) ticket.tokens(limits.tokensPerCall);
      desk.forget(id);
    };
    try {
      heard = await parts.redis.publish(requests, message);
    } catch (error) {
      desk.forget(id);
      throw error;
    }
  }

  function unavailable(error: unknown): Problem {
    return problem(503, 'SERVICE_UNAVAILABLE', `The service "${name}" cannot be asked: ${messageOf(error)}.`);
  }

  function tooLarge(): Problem {
    const error = `The reply of the service "${name}" has more than ${formatBytes(limits.replyBytes)}. Ask for less at once.`;
    return problem(502, 'UPSTREAM_INVALID', error);
  }

  function noReply(heard: number | undefined): Problem {
    const listeners = heard === 0 ? ` Nobody listens on ${requests}.` : '';
    const error = `The service "${name}" gave no reply on ${responses} within ${timeoutMs / 1000} s.${listeners}`;
    return problem(504, 'NO_REPLY', error);
  }

  return {
    countsTokens: true,
    screen(call) {
      const { path, exchange } = call;
      if (path === '/query') {
        if (exchange.head.method === 'POST') return undefined;
        const error = `The service "${name}" is asked with POST /${name}/query and a JSON object as body.`;
        return problem(405, 'METHOD_NOT_ALLOWED', error, { fields: 'allow: POST\r\n' });
      }
      if (elsewhere !== undefined) return elsewhere.screen(call);
      return problem(404, 'NOT_FOUND', `The service "${name}" has nothing but /${name}/query.`);
    },
    handle,
    async close() {
      await Promise.all([desk.close(), elsewhere?.close()]);
    },
  };
}

/** The container's JSON object with our id in it. Text is kept as it is, so that long numbers keep their digits. */
function requestText(body: Buffer, id: string): string | Problem {
  const text = body.toString('utf8').trim();
  const { data: value, problem: reason } = readExactJson(text, z.unknown());
  if (reason !== undefined) return problem(400, 'INVALID_BODY', `The body cannot be used: ${reason}.`);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isJsonNumber(value))
    return problem(400, 'INVALID_BODY', 'The body is JSON, but not an object such as {"operation": "…"}.');
  const own = `{"correlation_id":"${id}"`;
  if (/^\{\s*\}$/.test(text)) return `${own}}`;
  if (!Object.hasOwn(value, 'correlation_id')) return `${own},${text.slice(1)}`;
  return stringifyJson({ ...value, correlation_id: id });
}

function tokensIn(reply: object): number {
  const tokens = 'tokens_used' in reply ? reply.tokens_used : undefined;
  return typeof tokens === 'number' && tokens > 0 ? tokens : 0;
}
