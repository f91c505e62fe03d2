import { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';

/** The API's Status object, as far as decisions need it. */
const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

export type ApiVerb = 'get' | 'list' | 'watch' | 'create' | 'delete' | 'patch';

/** What was asked for; it names the permission that a role must have. */
export interface Attempted {
  readonly verb: ApiVerb;
  /** As a role names it: `pods`. */
  readonly resource: string;
  /** Absent: of the whole cluster. */
  readonly namespace?: string | undefined;
}

/** The API server answered, and the answer is not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Of the Status, such as `AlreadyExists` or `Expired`; empty where the answer is no Status. */
  readonly reason: string;
  readonly attempted: Attempted;
  /** How long the server asks to wait; undefined: it does not. */
  readonly retryAfterMs: number | undefined;

  constructor(facts: {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    readonly attempted: Attempted;
    readonly retryAfterMs?: number | undefined;
  }) {
    super(facts.message);
    this.status = facts.status;
    this.reason = facts.reason;
    this.attempted = facts.attempted;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

const longestQuote = 500;

/** @param retryAfter the header, in seconds */
export function apiErrorOf(status: number, body: string, attempted: Attempted, retryAfter?: string): ApiError {
  const { data } = readJson(body, statusSchema);
  const seconds = data?.details?.retryAfterSeconds ?? (retryAfter === undefined ? Number.NaN : Number(retryAfter));
  return new ApiError({
    status,
    reason: data?.reason ?? '',
    // A proxy in front of the API server may answer with a page.
    message: data?.message ?? body.trim().slice(0, longestQuote),
    attempted,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  });
}

/** Whether the same call may succeed later: the server is overloaded, restarts or stores nothing just now. */
export function isPassing({ status, reason }: ApiError): boolean {
  return status === 429 || status >= 500 || reason === 'TooManyRequests';
}

/** Whether a list or a watch must begin anew because what it goes on from is no longer kept. */
export function isExpired({ status, reason }: ApiError): boolean {
  return status === 410 || reason === 'Expired' || reason === 'Gone';
}
