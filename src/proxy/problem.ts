/** Why a call failed, for programs. */
export type ProblemCode =
  | 'MALFORMED_REQUEST'
  | 'BAD_PATH'
  | 'INVALID_BODY'
  | 'NOT_GRANTED'
  | 'NOT_ALLOWED'
  | 'UNKNOWN_SERVICE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'REQUEST_TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_ENCODING'
  | 'EXPECTATION_FAILED'
  | 'HEADERS_TOO_LARGE'
  | 'BUDGET_EXCEEDED'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_CALLS'
  | 'SERVICE_UNAVAILABLE'
  | 'NO_REPLY'
  | 'UPSTREAM_DOWN'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_INVALID'
  | 'UPSTREAM_FAILED'
  | 'UPSTREAM_REFUSED'
  | 'UPSTREAM_LIMITED'
  | 'UPSTREAM_AUTH'
  | 'INTERNAL';

/** A refusal or a failure as the container reads it: a status and `{error, code}`. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  /** A sentence that says what happened and what to do. */
  readonly error: string;
  /** Further keys of the body. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Further header lines, each ending in CRLF. */
  readonly fields?: string;
}

export function problem(
  status: number,
  code: ProblemCode,
  error: string,
  more: Pick<Problem, 'facts' | 'fields'> = {},
): Problem {
  return { status, code, error, ...more };
}

export function problemBody({ error, code, facts }: Problem): string {
  return JSON.stringify({ error, code, ...facts });
}

export function malformed(error: string): Problem {
  return problem(400, 'MALFORMED_REQUEST', error);
}
