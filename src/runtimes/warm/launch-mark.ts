import { join } from 'node:path';
import { readIfThere } from '../../support/files/read-if-there.ts';
import { go } from './waiter-message.ts';

/**
 * What the mark holds until the waiter overwrites it: the disk has room for its byte then, however full it has become. A waiter that
 * cannot write ends, which would look as if the command had ended.
 */
export const notLaunched = 'w';

/**
 * The file to which the waiter writes just before it becomes the command; nothing else that runs in the container can reach it.
 * @param control the workspace's directory for our own files
 */
export function launchMark(control: string): string {
  return join(control, 'launched');
}

/** Whether the command was begun in a container that had waited for it. */
export async function wasLaunched(control: string): Promise<boolean> {
  return (await readIfThere(launchMark(control))) === go.toString();
}
