import { dirname } from 'node:path';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';

const cures: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free space there, or give the agent a larger place',
  EDQUOT: 'the disk quota is used up. Raise it, or give the agent another place',
  EACCES: 'permission is denied. Run the agent as the owner of that directory, or as root',
  EPERM: 'permission is denied. Run the agent as the owner of that directory, or as root',
  EROFS: 'the file system is read-only. Give the agent a writable place',
  EMFILE: 'the agent has too many files open. Raise its limit of open files',
};

/** A system error in our own directories becomes a sentence that names the place and the fix. */
export async function orHostFault<T>(call: Promise<T>, path: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const code = errnoOf(error);
    if (error instanceof ExecError || code === undefined) throw error;
    const reason = cures[code] ?? messageOf(error);
    throw new ExecError('INTERNAL', `${dirname(path)}: ${reason} (${code}).`, { cause: error, context: { path } });
  }
}
