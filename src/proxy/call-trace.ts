import { fieldOf } from './http/head/field-lines.ts';

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
  /** What the service gets, unless the container sent its own for the trace. */
  readonly tracestate: string | undefined;
  /** Whether the tracestate that the container sent belongs to it. */
  readonly keepsState: boolean;
  end(status: number, failed: boolean): void;
}

/**
 * The fields of the head that a service gets, each with a line end.
 * @param sent names and lines of the container's own head in turn, of which a state that is kept is sent on
 */
export function traceFields({ traceparent, tracestate, keepsState }: CallTrace, sent: readonly string[]): string {
  const isSent = keepsState && fieldOf(sent, 'tracestate') !== undefined;
  const state = tracestate === undefined || isSent ? '' : `tracestate: ${tracestate}\r\n`;
  return `traceparent: ${traceparent}\r\n${state}`;
}
