import type { ErrorCode } from '../wire/response/error-codes.ts';
import { plainText, type Sentence } from '../wire/sentence.ts';

/**
 * The one error that users see. `sentence` says what happened and what to do, and each gateway puts it into its own words;
 * `message` is the same for logs. `context` holds facts for the log, never secrets.
 */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly code: ErrorCode;
  readonly sentence: Sentence;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    sentence: Sentence,
    options: { context?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(plainText(sentence), { cause: options.cause });
    this.code = code;
    this.sentence = sentence;
    this.context = options.context ?? {};
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As `messageOf`, with references to parts of the plan. */
export function sentenceOf(error: unknown): Sentence {
  return error instanceof ExecError ? error.sentence : messageOf(error);
}

/** What is recorded of it. */
export function asFailure({ code, sentence }: ExecError): { code: ErrorCode; message: Sentence } {
  return { code, message: sentence };
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
