import { stat } from 'node:fs/promises';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { ContainerFiles } from '../container/container-files.ts';
import { readLauncher } from '../launcher/launcher-state.ts';

const pollMs = 5;

/**
 * Waits until the keeper of a running container has entered the container's directory. A keeper that has not would write the exit
 * code to where that directory was before it was moved.
 * @param timeoutMs how long the keeper may take
 * @throws ExecError RUNTIME_UNAVAILABLE when it takes longer, or has ended; the signal's reason
 */
export async function awaitKeeper(files: ContainerFiles, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const pid = (await readLauncher(files))?.pid;
  const directory = await stat(files.directory);
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const now = pid === undefined ? undefined : await workingDirectoryOf(pid);
    if (now?.ino === directory.ino && now.dev === directory.dev) return;
    if (now === undefined || performance.now() > end)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `The process that looks after a container that waits was not ready within ${timeoutMs} ms.`,
      );
    await delay(pollMs);
  }
}

async function workingDirectoryOf(pid: number) {
  try {
    return await stat(`/proc/${pid}/cwd`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}
