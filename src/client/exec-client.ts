import type { ExecutionEvent, LogLine } from '../wire/live.ts';
import type { ExecutionRequest } from '../wire/request/request.ts';
import type { ExecutionResponse } from '../wire/response/response.ts';

export interface CallOptions {
  /** Aborted to wait no more; what runs goes on, unless `cancel` is called. */
  readonly signal?: AbortSignal | undefined;
}

export interface LogOptions extends CallOptions {
  /** False: only what is kept now. Default: true. */
  readonly follow?: boolean;
}

export interface EventOptions extends CallOptions {
  /** Only of this one, until it has finished. */
  readonly executionId?: string;
  /** A tenant, or `*` for all, for a token with the scope `admin`. Over HTTP only; default: the tenant of the token. */
  readonly tenant?: string;
  /** Events were missed that the agents no longer keep: read the states anew. Over HTTP only. */
  readonly onGap?: () => void;
}

/**
 * Runs containers on agents, over HTTP or Redis. Every method rejects with a ClientError when the agent refuses the call or
 * cannot be reached, and with the signal's reason once it is aborted.
 */
export interface ExecClient {
  /** Resolves with the execution id once the request is accepted. Submitting is repeated safely by itself. */
  submit(request: ExecutionRequest, options?: CallOptions): Promise<string>;
  /** The answer, also of an execution that failed: look at `success`. */
  run(request: ExecutionRequest, options?: CallOptions): Promise<ExecutionResponse>;
  /** The answer to what was submitted. Over Redis, of executions that this client has submitted. */
  wait(executionId: string, options?: CallOptions): Promise<ExecutionResponse>;
  /** Asks for it, by execution id or correlation id; the answer then says CANCELED. */
  cancel(id: string, options?: CallOptions): Promise<void>;
  /** What the container has written, then what it writes, until the execution has finished. */
  logs(executionId: string, options?: LogOptions): AsyncIterable<LogLine>;
  /** Changes of state as they happen. */
  events(options?: EventOptions): AsyncIterable<ExecutionEvent>;
  close(): Promise<void>;
}
