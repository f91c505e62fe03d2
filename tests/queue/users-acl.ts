import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { runCli } from '../cli/helpers/run-cli.ts';

/** The users of deploy/redis/users.acl, each with the password `NAME-password`. */
export async function usersWithPasswords(): Promise<string> {
  const text = await readFile(new URL('../../deploy/redis/users.acl', import.meta.url), 'utf8');
  return text.replace(/^user (\S+) on >\w+/gm, 'user $1 on >$1-password');
}

/** What a monitor does with the command line: all of it works, and shows the execution with its output. */
export async function expectMonitorToSee(
  { id, output }: { readonly id: string; readonly output: string },
  options: Parameters<typeof runCli>[1],
): Promise<void> {
  const commands = [
    ['ps', '--all', '--json'],
    ['agents', '--json'],
    ['get', id],
    ['logs', id],
  ];
  const ends = await Promise.all(commands.map((args) => runCli(args, options)));
  expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(commands.map(() => ({ code: 0, stderr: '' })));
  expect(ends[0]?.stdout).toContain(id);
  expect(ends[3]?.stdout).toBe(output);
}

/** Entries of `ACL LOG` that are of one of the users. */
export function refusalsOf(users: readonly string[], log: unknown): readonly string[] {
  const entries = (Array.isArray(log) ? log : [log]).map((entry) => JSON.stringify(entry));
  const isOfUsers = (entry: string) => users.some((user) => entry.includes(`"${user}"`));
  // Newer servers are sent the name of the client library as well; older ones do not know the right to do so.
  return entries.filter((entry) => isOfUsers(entry) && !entry.includes('"client|setinfo"'));
}
