import { open, readFile, rm } from 'node:fs/promises';
import { ExecError, errnoOf } from '../exec-error.ts';
import { delay } from '../time/deadline.ts';

const pollMs = 20;

/**
 * One process at a time does the work; a lock that a dead process left is taken over.
 * @throws ExecError RUNTIME_UNAVAILABLE when the lock is not free in time
 */
export async function withFileLock<T>(
  path: string,
  { waitMs }: { readonly waitMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const end = performance.now() + waitMs;
  while (!(await tryLock(path))) {
    if (performance.now() > end)
      throw new ExecError('RUNTIME_UNAVAILABLE', `${path} is held by another process. Stop it, or remove the file.`);
    await delay(pollMs);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    // Between creation and writing the file is empty: its owner lives.
    const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (owner > 0 && !isAlive(owner)) await rm(path, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
