import type { ErrorCode } from '../wire/error-codes.ts';

/** A refusal. The message is a sentence that says what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** Absent where it was not about an execution. */
  readonly code: ErrorCode | undefined;
  /** Of HTTP; absent over Redis. */
  readonly status: number | undefined;

  constructor(message: string, { code, status }: { code?: ErrorCode | undefined; status?: number | undefined } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
