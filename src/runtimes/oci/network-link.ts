import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What containers of a sandbox name as their network. */
export function networkLinkIn(control: string): string {
  return join(control, 'network');
}

/**
 * Leads from a sandbox to its network. Launchers have mount namespaces of their own, in which the file that a network is
 * bound to is an empty one: they go through this process, which sees it. The next agent links anew.
 */
export async function linkNetwork(control: string, path: string): Promise<void> {
  const link = networkLinkIn(control);
  await symlink(`/proc/${process.pid}/root${path}`, `${link}.new`);
  await rename(`${link}.new`, link);
}
