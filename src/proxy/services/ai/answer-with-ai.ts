import { ExecError } from '../../../support/exec-error.ts';
import { stringifyJson } from '../../../support/json/json.ts';
import { readExactJson } from '../../../support/json/read-json.ts';
import { type Call, replyJson, replyProblem, type ServiceHandler } from '../../call.ts';
import { traceFields } from '../../call-trace.ts';
import { type Problem, problem } from '../../problem.ts';
import type { AiProvider, AiService } from '../../service-definition.ts';
import type { Ticket } from '../../spending.ts';
import { createUpstreamPool, type UpstreamParts, type UpstreamPool } from '../../upstream/upstream-pool.ts';
import { collectBody } from '../collect-body.ts';
import { explainFailure } from '../explain-failure.ts';
import { type ParsedTarget, parseHttpTarget } from '../http-target.ts';
import { passOn, screenCall } from '../pass-to-http.ts';
import { requestWhole, type WholeOutcome } from '../request-whole.ts';
import { type AiMessage, aiMessageSchema, toAiAnswer, toCompletionRequest } from './ai-message.ts';
import { explainAiStatus } from './explain-ai-status.ts';
import { tokenBound } from './token-bound.ts';

interface Provider {
  readonly name: string;
  readonly model: string | undefined;
  readonly target: ParsedTarget;
  readonly pool: UpstreamPool;
}

/**
 * `/query` takes the AI abstractor's message to an OpenAI-compatible endpoint; `/v1/…` is that endpoint itself, and
 * `/<provider>/v1/…` another one.
 */
export function answerWithAi(service: AiService, parts: UpstreamParts): ServiceHandler {
  const { limits } = parts;
  const { name } = service;
  const providers = new Map(Object.entries(service.providers).map(([key, given]) => [key, open(key, given)]));
  const usual = usualProvider();

  function usualProvider(): Provider {
    const found = providers.get(service.defaultProvider ?? Object.keys(service.providers)[0] ?? '');
    if (found !== undefined) return found;
    throw new ExecError('INVALID_REQUEST', `The service "${name}" cannot be offered: it has no default provider.`);
  }

  function open(key: string, given: AiProvider): Provider {
    const target = parseHttpTarget(name, given);
    return { name: key, model: given.model, target, pool: createUpstreamPool(target.address, parts) };
  }

  function ask(call: Call, ticket: Ticket, body: Buffer): void {
    const { exchange } = call;
    const refuse = (refusal: Problem) => replyProblem(exchange, refusal);
    const message = readMessage(body);
    if ('code' in message) {
      refuse(message);
      return;
    }
    const provider = message.provider == null ? usual : providers.get(message.provider);
    if (provider === undefined) {
      refuse(unknownProvider(message.provider ?? ''));
      return;
    }
    const model = message.model ?? provider.model;
    if (model === undefined) {
      refuse(invalid(`"model" is missing, and the provider "${provider.name}" has no default`));
      return;
    }
    const { target, pool } = provider;
    const fields = `${target.ownFields}x-execution-id: ${call.executionId}\r\ncontent-type: application/json\r\naccept: application/json\r\naccept-encoding: identity\r\n`;
    const traced = call.trace === undefined ? '' : traceFields(call.trace, []);
    const head = `POST ${target.basePath}/chat/completions HTTP/1.1\r\n${fields}${traced}`;
    const completion = Buffer.from(stringifyJson(toCompletionRequest(message, model)));
    const { executionId, tenant } = call;
    const whole = { pool, executionId, tenant, head, body: completion, maxAnswerBytes: limits.aiAnswerBytes };
    const bound = tokenBound(completion, limits.tokensPerCall);
    const reply = (outcome: WholeOutcome) => {
      if ('kind' in outcome) {
        if (outcome.kind !== 'too-large') return refuse(explainFailure(name, outcome, limits));
        return refuse(noCompletion(provider.name, `more than ${limits.aiAnswerBytes} bytes`));
      }
      if (outcome.status >= 300) return refuse(explainAiStatus(provider.name, outcome, target.secrets));
      const answer = toAiAnswer(outcome.body.toString('utf8'), provider.name, model);
      if (answer === undefined) return refuse(noCompletion(provider.name, 'something else'));
      ticket.tokens(answer.tokens_used);
      replyJson(exchange, 200, JSON.stringify(answer));
    };
    const send = (): void => {
      const abort = requestWhole(whole, reply);
      exchange.onGone = () => {
        if (call.meter.countsTokens) ticket.tokens(bound);
        abort();
      };
    };
    ticket.reserve(bound, send, refuse);
  }

  function unknownProvider(given: string): Problem {
    return invalid(`"provider" is ${JSON.stringify(given)}; there is ${[...providers.keys()].join(', ')}`);
  }

  /** Which provider a path beside `/query` means, and the path there. */
  function route(path: string): { readonly provider: Provider; readonly mount: string; readonly path: string } {
    const [, first = ''] = path.split('/', 2);
    const named = providers.get(first);
    const provider = named ?? usual;
    const mount = named === undefined ? `/${name}` : `/${name}/${first}`;
    const rest = named === undefined ? path : path.slice(first.length + 1);
    return { provider, mount: `${mount}/v1`, path: rest.replace(/^\/v1(?=\/|$)/, '') };
  }

  return {
    countsTokens: true,
    screen(call) {
      const { path, exchange } = call;
      if (path !== '/query') {
        const to = route(path);
        return screenCall(name, to.provider.target, exchange.head.method, to.path);
      }
      if (exchange.head.method === 'POST') return undefined;
      const error = `The service "${name}" is asked with POST /${name}/query and a body such as {"prompt": "…"}.`;
      return problem(405, 'METHOD_NOT_ALLOWED', error, { fields: 'allow: POST\r\n' });
    },
    handle(call, ticket) {
      if (call.path === '/query') return collectBody(call, limits, (body) => ask(call, ticket, body));
      const { provider, mount, path } = route(call.path);
      const { target, pool } = provider;
      passOn(call, ticket, {
        service: name,
        target,
        pool,
        limits,
        mount,
        countsTokens: true,
        path: `${path}${call.query}`,
      });
    },
    async close() {
      for (const { pool } of providers.values()) pool.close();
    },
  };
}

function readMessage(body: Buffer): AiMessage | Problem {
  const { data, problem: reason } = readExactJson(body.toString('utf8'), aiMessageSchema);
  return data ?? invalid(`${reason}; expected a JSON object such as {"prompt": "…"}`);
}

function invalid(what: string): Problem {
  return problem(400, 'INVALID_BODY', `The message to the AI service cannot be used: ${what}.`);
}

function noCompletion(provider: string, what: string): Problem {
  return problem(
    502,
    'UPSTREAM_INVALID',
    `The AI provider "${provider}" answered with ${what}, not with a completion.`,
  );
}
