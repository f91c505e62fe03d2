import { signal } from '@preact/signals';
import { addressOf } from '../base.ts';

/** A refusal of the agent, or a connection that failed (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(message: string, status: number, more: { code?: string; requestId?: string; retryAfter?: number } = {}) {
    super(message);
    this.status = status;
    this.code = more.code;
    this.requestId = more.requestId;
    this.retryAfter = more.retryAfter;
  }
}

/** Set once the agent asks for a login. */
export const loginNeeded = signal(false);

/** When the agent last answered or sent an event; undefined: not yet. */
export const heardAt = signal<number | undefined>(undefined);

/** Sends a request to this agent. @throws ApiError */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-exec-agent', 'dashboard');
  const response = await fetch(addressOf(path), { ...init, headers, credentials: 'same-origin' }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError('The agent cannot be reached.', 0);
    },
  );
  if (response.ok) {
    heardAt.value = Date.now();
    return response;
  }
  if (response.status === 401) loginNeeded.value = true;
  throw await readProblem(response);
}

export async function callJson<T>(path: string, init?: RequestInit): Promise<T> {
  return (await call(path, init)).json();
}

async function readProblem(response: Response): Promise<ApiError> {
  const text = await response.text();
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const more = { ...(requestId === undefined ? {} : { requestId }), ...(retryAfter > 0 ? { retryAfter } : {}) };
  try {
    const problem: { detail?: unknown; error_code?: unknown } = JSON.parse(text);
    const code = typeof problem.error_code === 'string' ? { code: problem.error_code } : {};
    return new ApiError(String(problem.detail), response.status, { ...more, ...code });
  } catch {
    return new ApiError(`HTTP status ${response.status}: ${text.slice(0, 200)}`, response.status, more);
  }
}
