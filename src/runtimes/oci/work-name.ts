import { randomUUID } from 'node:crypto';
import { namesIn } from '../../support/files/names-in.ts';
import { isRunning, readProcess } from '../../support/processes/process-identity.ts';

/** A name for work in progress. It tells which process does it, so that what a killed one left is known for that. */
export async function workName(): Promise<string> {
  const self = readProcess(process.pid);
  return `${process.pid}-${self?.startTime ?? 0}-${randomUUID()}`;
}

/** Names of work in a directory whose process died over it. */
export async function abandonedIn(directory: string): Promise<readonly string[]> {
  const names = await namesIn(directory);
  const lives = await Promise.all(
    names.map((name) => {
      const [pid, startTime = ''] = name.split('-');
      return isRunning({ pid: Number(pid), startTime });
    }),
  );
  return names.filter((_, index) => lives[index] !== true);
}
