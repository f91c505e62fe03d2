import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import type { ObjectPath } from './object-path.ts';

const cures: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full. Free space there, or move the data directory to a larger disk',
  EDQUOT: 'its disk quota is used up. Raise it, or move the data directory',
  EACCES: 'permission is denied. Run the agent as the owner of that directory',
  EPERM: 'permission is denied. Run the agent as the owner of that directory',
  EROFS: 'its file system is read-only. Make it writable, or move the data directory',
};

export function noSuchObject({ bucket, name }: ObjectPath): ExecError {
  return new ExecError('INPUT_NOT_FOUND', `There is no object ${JSON.stringify(name)} in the bucket "${bucket}".`, {
    context: { bucket, name },
  });
}

export function noSuchBucket({ bucket }: ObjectPath): ExecError {
  return new ExecError('INPUT_NOT_FOUND', `There is no bucket "${bucket}".`, { context: { bucket } });
}

export function notAnObject({ bucket, name }: ObjectPath, found: string): ExecError {
  return new ExecError(
    'STORE_UNAVAILABLE',
    `${JSON.stringify(name)} in the bucket "${bucket}" is no object but a ${found}. Remove it from the store's directory.`,
    {
      context: { bucket, name },
    },
  );
}

export function inTheWay({ bucket, name }: ObjectPath): ExecError {
  return new ExecError(
    'INVALID_REQUEST',
    `The object ${JSON.stringify(name)} cannot be in the bucket "${bucket}": in a directory store no object can lie below another. Choose another name.`,
  );
}

/** What the file system said, as a failure of the store. */
export function unavailable(error: unknown, root: string): ExecError {
  const code = errnoOf(error);
  const reason = (code === undefined ? undefined : cures[code]) ?? messageOf(error).replace(/\.$/, '');
  return new ExecError('STORE_UNAVAILABLE', `The object store in ${root} cannot be used: ${reason}.`, {
    cause: error,
    context: { code },
  });
}

export async function whenUnavailable<T>(call: Promise<T>, root: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof ExecError ? error : unavailable(error, root);
  }
}
