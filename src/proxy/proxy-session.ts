import type { Socket } from 'node:net';
import type { Logger } from '../telemetry/log.ts';
import { part, type Sentence, sentence } from '../wire/sentence.ts';
import { readTraceparent } from '../wire/traceparent.ts';
import { type Call, replyJson, replyProblem, type ServiceHandler } from './call.ts';
import type { CallTrace, ServiceCall } from './call-trace.ts';
import type { ConnectionParts } from './http/connection-options.ts';
import type { Exchange } from './http/exchange.ts';
import { fieldOf } from './http/head/field-lines.ts';
import { parseTarget } from './http/head/parse-target.ts';
import { serveConnection } from './http/serve-connection.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { type Problem, problem, problemBody } from './problem.ts';
import { type Budget, createMeter, type Meter, type Spending, type Ticket } from './spending.ts';
import type { Caller } from './upstream/pool-shares.ts';

/** What one execution may call. */
export interface Grant extends Caller {
  readonly services: readonly string[];
  readonly budgets: Readonly<Record<string, Budget>>;
  /** What it had taken before the agent was started anew; budgets go on from there. */
  readonly spent?: Readonly<Record<string, Spending>>;
  /** Makes each call a part of the trace of the execution; absent: calls go on as they are. */
  readonly traceCall?: ((call: ServiceCall) => CallTrace) | undefined;
}

/** The access of one execution, as long as it runs. Who calls is known from the connection alone. */
export interface ProxySession {
  /** Serves a connection that came out of the execution's own network. */
  handle(socket: Socket): void;
  /** By granted service. */
  spending(): Readonly<Record<string, Spending>>;
  /** Access ends: open connections are ended, later ones too. Safe to repeat. */
  close(): Promise<void>;
}

/** A sentence in the words of the gateway that the request came through. */
export type Describe = (sentence: Sentence) => string;

export interface SessionParts extends ConnectionParts {
  readonly describe: Describe;
  readonly handlers: ReadonlyMap<string, ServiceHandler>;
  readonly logger: Logger;
  readonly onClose: (session: ProxySession) => void;
}

export function openSession(grant: Grant, parts: SessionParts): ProxySession {
  const { handlers, limits, deadlines, gathering, describe, logger } = parts;
  const onFault = (error: unknown) =>
    logger.error({ err: error, executionId: grant.executionId }, 'the service proxy failed');
  const { executionId, tenant } = grant;
  const meters = new Map<string, Meter>(
    grant.services.map((name) => [
      name,
      createMeter(name, grant.budgets[name] ?? {}, { already: grant.spent?.[name], describe }),
    ]),
  );
  const memory = createMemoryBudget(limits.collectedBytesPerSession);
  const connections = new Set<() => void>();
  let closed = false;

  function handle(socket: Socket): void {
    if (closed) return void socket.destroy();
    if (connections.size >= limits.connectionsPerSession) {
      turnAway(socket);
      return;
    }
    const end = serveConnection(socket, {
      limits,
      deadlines,
      gathering,
      onFault,
      onExchange,
      onClose: () => connections.delete(end),
    });
    connections.add(end);
  }

  function turnAway(socket: Socket): void {
    const error = `This execution has ${limits.connectionsPerSession} connections open already.`;
    const body = problemBody(problem(503, 'TOO_MANY_CONNECTIONS', error));
    // What an error means is said by the close that follows it.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.resume();
    socket.end(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  }

  function onExchange(exchange: Exchange): void {
    try {
      const refusal = begin(exchange);
      if (refusal !== undefined) replyProblem(exchange, refusal);
    } catch (error) {
      onFault(error);
      replyProblem(exchange, problem(500, 'INTERNAL', 'The service proxy failed. The log of the agent says why.'));
    }
  }

  function begin(exchange: Exchange): Problem | undefined {
    const { method, target } = exchange.head;
    const parsed = parseTarget(target);
    if ('code' in parsed) return parsed;
    const { service, path, query } = parsed;
    const meter = meters.get(service);
    const handler = handlers.get(service);
    if (meter === undefined || handler === undefined) {
      if (service === 'health' && path === '') return health(exchange);
      return notGranted(service);
    }
    if (method === 'CONNECT') return problem(405, 'METHOD_NOT_ALLOWED', 'There are no tunnels through this proxy.');
    const call: Call = { exchange, executionId, tenant, meter, memory, path, query };
    const refusal = handler.screen(call);
    if (refusal !== undefined) return refusal;
    return admit(call, handler, service);
  }

  function admit(call: Call, handler: ServiceHandler, service: string): Problem | undefined {
    const { exchange, meter } = call;
    const again = () => {
      if (exchange.over) return;
      const refusal = admit(call, handler, service);
      if (refusal !== undefined) replyProblem(exchange, refusal);
    };
    const admitted = meter.admit(meter.countsTokens ? limits.tokensPerCall : 0, again);
    if (admitted === 'later') return undefined;
    if ('code' in admitted) return admitted;
    const trace = traced(exchange, service);
    exchange.onOver = (over, complete) => endCall(admitted, over, complete, trace);
    handler.handle(trace === undefined ? call : { ...call, trace }, admitted);
    return undefined;
  }

  function traced({ head: { method, fields } }: Exchange, service: string): CallTrace | undefined {
    return grant.traceCall?.({ service, method, given: readTraceparent(fieldOf(fields, 'traceparent')) });
  }

  function health(exchange: Exchange): Problem | undefined {
    if (exchange.head.method !== 'GET' && exchange.head.method !== 'HEAD')
      return problem(405, 'METHOD_NOT_ALLOWED', 'The health is read with GET.', { fields: 'allow: GET, HEAD\r\n' });
    // `status` is what containers of the first implementation look for.
    const health = { ok: true, status: 'healthy', execution_id: executionId, services: grant.services };
    replyJson(exchange, 200, JSON.stringify(health));
    return undefined;
  }

  function notGranted(service: string): Problem {
    const granted = grant.services.length === 0 ? 'none' : grant.services.map((name) => `"${name}"`).join(', ');
    const list = describe(sentence`Granted: ${granted} (${part('network.services')}).`);
    return handlers.has(service)
      ? problem(403, 'NOT_GRANTED', `This execution was not granted the service "${service}". ${list}`)
      : problem(404, 'UNKNOWN_SERVICE', `There is no service "${service}". ${list}`);
  }

  const session: ProxySession = {
    handle,
    spending: () => Object.fromEntries([...meters].map(([name, meter]) => [name, meter.spending()])),
    async close() {
      if (closed) return;
      closed = true;
      for (const end of connections) end();
      parts.onClose(session);
    },
  };
  return session;
}

function endCall(
  ticket: Ticket,
  { bytesIn, bytesOut, status }: Exchange,
  complete: boolean,
  trace: CallTrace | undefined,
): void {
  // A refusal in the midst of a request is the caller's own fault.
  const isCut = !complete && status > 0 && status < 400;
  const failed = status >= 500 || isCut;
  ticket.end({ bytesIn, bytesOut, failed });
  trace?.end(status, failed);
}
