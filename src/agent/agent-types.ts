import type { Observe } from '../execution/events.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { SettleGraph } from '../outputs/graph/create-graph-settler.ts';
import type { Health, Runtime } from '../runtimes/runtime.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { ExecutionResponse } from '../wire/response/response.ts';

export interface AgentContext {
  readonly logger: Logger;
  /** Where programs are looked for, in the form of $PATH; the system's own directories are searched in any case. */
  readonly searchPath?: string;
  /** Where credential helpers and passwords of registries are found. Default: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Records what is done, in spans. Default: traces of requests are handed on, and nothing is added to them. */
  readonly tracing?: Tracing | undefined;
}

/** The same, with what the parts of one agent share. */
export interface PartsContext extends AgentContext {
  /** Absent: graphs are checked on the event loop. */
  readonly settleGraph?: SettleGraph;
}

export interface RuntimeChoice {
  readonly runtime: Runtime;
  /** Why this one, for the log and for `doctor`. */
  readonly reason: string;
  readonly candidates: readonly RuntimeCandidate[];
}

export interface RuntimeCandidate {
  readonly name: string;
  readonly health: Health;
}

/** An agent without a broker: it runs what it is handed. */
export interface LocalAgent {
  readonly choice: RuntimeChoice;
  readonly store: ObjectStore;
  /** @param text one request as JSON; an invalid request gets a response with an error */
  run(text: string, options: LocalRunOptions): Promise<LocalAnswer>;
  close(): Promise<void>;
}

export interface LocalRunOptions {
  /** Aborted to cancel: the container is stopped and what it wrote is returned. */
  readonly signal: AbortSignal;
  readonly observe?: Observe;
}

export interface LocalAnswer {
  readonly response: ExecutionResponse;
  /** The response as JSON text, every number with its digits. */
  readonly text: string;
}

/** An agent that serves a Redis. */
export interface Agent {
  readonly id: string;
  readonly redisUrl: string;
  /** True when the agent started a private redis-server or found its own still running. */
  readonly embeddedRedis: boolean;
  readonly choice: RuntimeChoice;
  readonly store: ObjectStore;
  /** Address of the HTTP server; undefined: HTTP is off. */
  readonly httpUrl: string | undefined;
  /** Stops taking work, waits for running executions and closes all connections. */
  stop(): Promise<void>;
}
