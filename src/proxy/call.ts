import type { CallTrace } from './call-trace.ts';
import type { Exchange } from './http/exchange.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type Problem, problemBody } from './problem.ts';
import type { Meter, Ticket } from './spending.ts';
import type { Caller } from './upstream/pool-shares.ts';

/** One call of a granted service. */
export interface Call extends Caller {
  readonly exchange: Exchange;
  readonly meter: Meter;
  /** For what is held of the execution's calls. */
  readonly memory: MemoryBudget;
  /** Behind the name of the service: empty, or beginning with a slash. */
  readonly path: string;
  /** Empty, or beginning with a question mark. */
  readonly query: string;
  /** Absent: it is part of no trace that the agent knows of. */
  readonly trace?: CallTrace;
}

/** Answers the calls of one service. */
export interface ServiceHandler {
  readonly countsTokens: boolean;
  /** Whether this is refused before it costs anything. */
  screen(call: Call): Problem | undefined;
  handle(call: Call, ticket: Ticket): void;
  close(): Promise<void>;
}

const json = 'content-type: application/json\r\n';

export function replyProblem(exchange: Exchange, refusal: Problem): void {
  exchange.client.reply(exchange, refusal.status, `${json}${refusal.fields ?? ''}`, problemBody(refusal));
}

export function replyJson(exchange: Exchange, status: number, text: string): void {
  exchange.client.reply(exchange, status, json, text);
}
