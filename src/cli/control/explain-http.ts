import { notFound } from '../../agent/control/control-errors.ts';
import { ClientError } from '../../client/browser.ts';
import { ExecError } from '../../support/exec-error.ts';
import type { ErrorCode } from '../../wire/response/error-codes.ts';

/** If nothing listens, the error is printed within a second. */
export const connectAttempts = 2;

/** @throws ExecError whose sentence names commands and settings */
export async function explain<T>(work: Promise<T>, url: string, id?: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explained(error, url, id);
  }
}

/** The same for what comes over time. */
export async function* explainAll<T>(items: AsyncIterable<T>, url: string, id: string | undefined): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw explained(error, url, id);
  }
}

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_REQUEST',
  401: 'POLICY_DENIED',
  403: 'POLICY_DENIED',
  404: 'INPUT_NOT_FOUND',
  413: 'INVALID_REQUEST',
  429: 'QUEUE_FULL',
};

/** The words of the API name routes; these name commands. */
function explained(error: unknown, url: string, id: string | undefined): unknown {
  if (!(error instanceof ClientError)) return error;
  const { code, status, message, cause } = error;
  if (status === undefined)
    return new ExecError(
      'RUNTIME_UNAVAILABLE',
      `${message} Start the agent there, or correct EXEC_URL or the context.`,
      {
        cause,
      },
    );
  if (status === 404 && id !== undefined && code === undefined) return notFound(id);
  if (status === 401)
    return new ExecError(
      'POLICY_DENIED',
      `${url} asks for a valid token. Set EXEC_TOKEN, or run "exec-agent login ${url}".`,
      { cause: error },
    );
  return new ExecError(code ?? codes[status] ?? 'RUNTIME_UNAVAILABLE', message, { cause: error });
}
