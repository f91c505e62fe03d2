import type { ObjectKey, ObjectStore } from '../objects/object-store.ts';
import { ExecError, toExecError } from '../support/exec-error.ts';
import { unreachable } from './urls/open-http.ts';

/** The same failure with the input in front that met it. */
export function nameInput(error: unknown, origin: string): ExecError {
  const { code, message, context, cause } = toExecError(error);
  return new ExecError(code, `${origin}: ${message}`, { context: { ...context, origin }, cause: cause ?? error });
}

/** A missing object said with its bucket and what to do about it; anything else stays. */
export function nameObject(error: unknown, key: ObjectKey, store: ObjectStore): unknown {
  if (!(error instanceof ExecError) || error.code !== 'INPUT_NOT_FOUND') return error;
  return new ExecError(
    'INPUT_NOT_FOUND',
    `there is no object ${JSON.stringify(key.name)} in the bucket "${key.bucket ?? store.defaultBucket}". Upload it first, or correct its name.`,
    { cause: error },
  );
}

/** Anything else than an ExecError is the connection's: everything that is ours comes as one. */
export function explainUrl(error: unknown, url: URL): unknown {
  return error instanceof ExecError ? error : unreachable(url, error);
}

export function invalidInput(origin: string, message: string): ExecError {
  return new ExecError('INVALID_REQUEST', `${origin}: ${message}`, { context: { origin } });
}
