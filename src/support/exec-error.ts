import type { ErrorCode } from '../wire/error-codes.ts';

/**
 * The one error that users see. `message` is a sentence that says what happened and what to do;
 * `context` holds facts for the log, never secrets.
 */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { context?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.context = options.context ?? {};
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything thrown, as an ExecError: what we did not foresee becomes INTERNAL (or the code given). */
export function toExecError(error: unknown, code: ErrorCode = 'INTERNAL'): ExecError {
  return error instanceof ExecError ? error : new ExecError(code, messageOf(error), { cause: error });
}

/** The `code` of a Node system error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
