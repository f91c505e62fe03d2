/** Records spans: what was done, when, and as part of what. */
export interface Tracing {
  start(span: SpanStart): TraceSpan;
}

export interface SpanStart {
  readonly name: string;
  /** `server` answers a request, `client` makes one. */
  readonly kind?: 'server' | 'client';
  /** W3C traceparent of the span that this one is part of; absent: it begins a trace. */
  readonly parent?: string | undefined;
  /** Epoch milliseconds; absent: now. */
  readonly at?: number;
  readonly attributes?: SpanFacts;
}

/** Names by OpenTelemetry's conventions, or with the prefix `exec_agent.`. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface TraceSpan {
  /** W3C traceparent, for what is done as part of it. */
  readonly traceparent: string;
  /** Once. @param end.error what failed; absent: nothing */
  end(end?: SpanEnd): void;
}

export interface SpanEnd {
  readonly error?: string | undefined;
  /** Epoch milliseconds; absent: now. */
  readonly at?: number;
  readonly attributes?: SpanFacts;
}
