import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../support/exec-error.ts';
import type { Owners } from '../../support/processes/owners.ts';
import { directoryName } from '../directory-name.ts';

const separator = '_';

/**
 * Where the workspaces of containers that wait stand until somebody takes them: of each agent in a place of its own.
 * @param root of all of them, on the file system of the workspaces of executions
 */
export async function warmDirectoryOf(root: string, deployment: string, owners: Owners): Promise<string> {
  const { pid, started, boot, namespace = '', beacon = '' } = await owners.mark();
  return join(allOf(root, deployment), [pid, started, boot, namespace, beacon].join(separator));
}

/** The same of agents that have gone. */
export async function abandonedWarmDirectories(
  root: string,
  deployment: string,
  owners: Owners,
): Promise<readonly string[]> {
  const all = allOf(root, deployment);
  const abandoned: string[] = [];
  for (const name of await namesIn(all)) {
    const [pid = '', started = '', boot = '', namespace, beacon] = name.split(separator);
    if (!(await owners.isAlive({ pid: Number(pid), started, boot, namespace, beacon })))
      abandoned.push(join(all, name));
  }
  return abandoned;
}

function allOf(root: string, deployment: string): string {
  return join(root, directoryName(deployment));
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
