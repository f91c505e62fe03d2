import type { ErrorCode } from '../wire/response/error-codes.ts';

export interface ClientErrorOptions {
  readonly code?: ErrorCode | undefined;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** A refusal, or a connection that failed (then without `code` and `status`). The message is a sentence that says what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** Absent where it was not about an execution. */
  readonly code: ErrorCode | undefined;
  /** Of HTTP; absent over Redis. */
  readonly status: number | undefined;

  constructor(message: string, { code, status, cause }: ClientErrorOptions = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
  }
}
