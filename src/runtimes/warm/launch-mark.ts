import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../support/exec-error.ts';

/**
 * The file to which the waiter writes just before it becomes the command; nothing else that runs in the container can reach it.
 * @param control the workspace's directory for our own files
 */
export function launchMark(control: string): string {
  return join(control, 'launched');
}

/** Whether the command was begun in a container that had waited for it. */
export async function wasLaunched(control: string): Promise<boolean> {
  try {
    return (await stat(launchMark(control))).size > 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
