import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

// The comment of its entry, by which an uninstallation knows that it may remove the user.
const comment = 'Exec Agent';

/** Whether a user is in `etc/passwd` below `root`, and whether an installation made it. */
export async function findUser(name: string, root: string): Promise<'ours' | 'others' | 'missing'> {
  const lines = (await readFile(join(root, 'etc/passwd'), 'utf8').catch(() => '')).split('\n');
  const fields = lines.map((line) => line.split(':')).find(([entry]) => entry === name);
  if (fields === undefined) return 'missing';
  return fields[4] === comment ? 'ours' : 'others';
}

export function createUserCommand(name: string): readonly string[] {
  const place = ['--no-create-home', '--home-dir', '/var/lib/exec-agent', '--shell', '/usr/sbin/nologin'];
  return ['useradd', '--system', '--user-group', '--comment', comment, ...place, name];
}

export function removeUserCommand(name: string): readonly string[] {
  return ['userdel', name];
}
