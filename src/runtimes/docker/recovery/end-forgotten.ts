import { errnoOf } from '../../../support/exec-error.ts';
import { findProcesses, type ProcessOfContainer } from './find-processes.ts';

/**
 * Ends what an engine on this machine had started when it was killed, and does not know of any more: it has no call for
 * that. For a container of ours that the engine has removed as one that was never started.
 */
export async function endForgotten(containerId: string): Promise<void> {
  const { inside, shims } = await findProcesses(containerId);
  // Its shim last: it takes away what it held once the container has ended.
  for (const process of [...inside, ...shims]) end(process);
}

function end({ pid }: ProcessOfContainer): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended meanwhile.
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
