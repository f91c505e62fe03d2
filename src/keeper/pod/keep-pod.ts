import { keepHeapSmall } from '../../support/processes/keep-heap-small.ts';

// Not one of `keepExits`: it is started again.
const failed = 1;

/**
 * `exec-agent keep`: the program beside the steps of a pod, set by the environment of this process, until it has ended.
 * @param tell for the pod's log, which only operators read
 * @returns the exit code; never rejects
 */
export async function keepPod(tell: (line: string) => void): Promise<number> {
  // Before anything else is loaded, as it asks.
  keepHeapSmall();
  let isEnding = false;
  process.on('SIGTERM', () => {
    isEnding = true;
  });
  const { messageOf } = await import('../../support/exec-error.ts');
  try {
    const { runKeep } = await import('./run-keep.ts');
    return await runKeep({ environment: process.env, isEnding: () => isEnding, tell });
  } catch (error) {
    tell(`error: ${messageOf(error)}`);
    return failed;
  }
}
