import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

// The comment and home of its entry, by which an uninstallation knows that it may remove the user.
const comment = 'Exec Agent';
const home = '/var/lib/exec-agent';

/** Whether a user is in `etc/passwd` below `root`. */
export async function userExists(name: string, root: string): Promise<boolean> {
  return (await readEntries(root)).some(([entry]) => entry === name);
}

/** The users that installations made, for the unit that is there now and for earlier ones. */
export async function listOwnUsers(root: string): Promise<readonly string[]> {
  return (await readEntries(root)).flatMap(([name = '', , , , entryComment, entryHome]) =>
    entryComment === comment && entryHome === home ? [name] : [],
  );
}

async function readEntries(root: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(root, 'etc/passwd'), 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}

export function createUserCommand(name: string): readonly string[] {
  const place = ['--no-create-home', '--home-dir', home, '--shell', '/usr/sbin/nologin'];
  return ['useradd', '--system', '--user-group', '--comment', comment, ...place, name];
}

export function removeUserCommand(name: string): readonly string[] {
  return ['userdel', name];
}
