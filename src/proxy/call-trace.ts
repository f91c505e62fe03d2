/** A call of a service, as part of a trace. */
export interface ServiceCall {
  readonly service: string;
  readonly method: string;
  /** The W3C traceparent that the container sent, if it sent one. */
  readonly given: string | undefined;
}

export interface CallTrace {
  /** What the service gets. */
  readonly traceparent: string;
  /** Whether the tracestate that the container sent belongs to it. */
  readonly keepsState: boolean;
  end(status: number, failed: boolean): void;
}
