import { type ErrorCode, errorCodeNames } from '../../wire/response/error-codes.ts';
import { ClientError } from '../client-error.ts';
import { pause } from '../pause.ts';

export interface HttpClientOptions {
  /** Of the agent: `http://localhost:8082`. */
  readonly url: string;
  /** `exa_…`; absent for an agent on this machine that has no tokens. */
  readonly token?: string;
  /** How often a call is tried that fails for want of a connection or because the agent is busy. Default: 5. */
  readonly attempts?: number;
  /** How often it is tried while no connection can be made. Default: as `attempts`. */
  readonly connectAttempts?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | Blob;
  readonly signal?: AbortSignal | undefined;
  /** Not sent again after a lost connection, because it could take effect twice. */
  readonly once?: boolean;
}

/** Asks an agent; a call is repeated after a lost connection unless it says `once`. */
export type CallAgent = (path: string, call?: Call) => Promise<Response>;

const busy = [429, 502, 503, 504];
const firstPauseMs = 200;
const longestPauseMs = 10_000;

export function createCaller(options: HttpClientOptions): CallAgent {
  const { url, token, attempts = 5, connectAttempts = attempts, fetch: ask = fetch } = options;
  const base = url.replace(/\/+$/, '');
  return async (path, { method = 'GET', headers = {}, body, signal, once = false } = {}) => {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts;
      let waitMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
      try {
        const response = await ask(`${base}${path}`, {
          method,
          headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        if (response.ok) return response;
        const error = await errorOf(response);
        if (last || !busy.includes(response.status)) throw error;
        waitMs = Math.max(waitMs, Number(response.headers.get('retry-after') ?? 0) * 1000);
      } catch (error) {
        if (signal?.aborted === true || error instanceof ClientError) throw error;
        if (last || once || attempt >= connectAttempts) throw unreachable(base, error);
      }
      await pause(waitMs, signal);
    }
  };
}

async function errorOf(response: Response): Promise<ClientError> {
  const { status } = response;
  const text = await response.text();
  const { detail, code } = readProblem(text);
  // Something in between may respond in its own words.
  return new ClientError(detail ?? `HTTP status ${status}: ${text.slice(0, 200)}`, { code, status });
}

interface ToldProblem {
  readonly detail?: string;
  readonly code?: ErrorCode | undefined;
  readonly status?: number | undefined;
}

/** What a problem document says; nothing of anything else. */
export function readProblem(text: string): ToldProblem {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem !== 'object' || problem === null) return {};
    const detail: unknown = Reflect.get(problem, 'detail');
    const code: unknown = Reflect.get(problem, 'error_code');
    const status: unknown = Reflect.get(problem, 'status');
    if (typeof detail !== 'string') return {};
    return {
      detail,
      code: errorCodeNames.find((name) => name === code),
      status: typeof status === 'number' ? status : undefined,
    };
  } catch {
    return {};
  }
}

/** `fetch` names the reason in the cause of its error, where it has one. */
function unreachable(base: string, error: unknown): ClientError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code')) : String(cause);
  return new ClientError(`${base} cannot be reached: ${reason}.`, { cause: error });
}
