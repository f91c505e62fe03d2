import { ExecError } from '../../support/exec-error.ts';
import { parseUser, type WrittenId } from '../../support/names/parse-user.ts';
import { part, sentence } from '../../wire/sentence.ts';

/** The text of an image's /etc/passwd and /etc/group; empty where it has none. */
export interface UserDatabase {
  readonly passwd: string;
  readonly group: string;
}

/** The ids that a container runs with. */
export interface UserIds {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const maxId = 2 ** 31 - 1;

/**
 * `user`, `uid`, `user:group`, `uid:gid` → numbers, by the rules of runc and Docker: a number is an id, a name is looked up
 * in the image's files, and supplementary groups come only where no group was named.
 * @param wanted empty: root
 * @throws ExecError START_FAILED naming the user or group that the image does not know
 */
export function resolveUser(wanted: string, { passwd, group }: UserDatabase): UserIds {
  const written = parseUser(wanted);
  const entry = find(entriesOf(passwd, parsePasswdLine), written.user, ({ uid }) => uid);
  const uid = entry?.uid ?? numberIn(written.user);
  if (uid === undefined) throw unknown('user', written.user, wanted);
  const groups = entriesOf(group, parseGroupLine);
  if (written.group === undefined) {
    const gid = entry?.gid ?? 0;
    return { uid, gid, additionalGids: entry === undefined ? [] : membershipsOf(entry.name, groups, gid) };
  }
  const gid = find(groups, written.group, (each) => each.gid)?.gid ?? numberIn(written.group);
  if (gid === undefined) throw unknown('group', written.group, wanted);
  return { uid, gid, additionalGids: [] };
}

/** The home directory of a user, which for Docker depends on its number alone. */
export function homeOf(uid: number, { passwd }: UserDatabase): string {
  return entriesOf(passwd, parsePasswdLine).find((entry) => entry.uid === uid)?.home || '/';
}

/** Whether the ids of a user depend on the image's files. */
export function needsDatabase(wanted: string): boolean {
  const { user, group } = parseUser(wanted);
  return numberIn(user) === undefined || group === undefined || numberIn(group) === undefined;
}

/** The id that an image gives to the name of a user or group; undefined: it has no such name. */
export function idNamed(name: string, kind: 'user' | 'group', { passwd, group }: UserDatabase): number | undefined {
  return kind === 'user'
    ? find(entriesOf(passwd, parsePasswdLine), name, ({ uid }) => uid)?.uid
    : find(entriesOf(group, parseGroupLine), name, ({ gid }) => gid)?.gid;
}

function membershipsOf(user: string, groups: readonly GroupEntry[], own: number): readonly number[] {
  const others = groups.filter(({ gid, members }) => gid !== own && members.includes(user)).map(({ gid }) => gid);
  return [...new Set(others)];
}

function find<T extends { readonly name: string }>(
  entries: readonly T[],
  wanted: WrittenId,
  id: (entry: T) => number,
): T | undefined {
  return entries.find((entry) => (typeof wanted === 'number' ? id(entry) === wanted : entry.name === wanted));
}

function entriesOf<T>(text: string, parse: (line: string) => readonly T[]): readonly T[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(parse);
}

function parsePasswdLine(line: string): readonly PasswdEntry[] {
  const [name = '', , uidText = '', gidText = '', , home = ''] = line.split(':');
  const uid = parseId(uidText);
  const gid = parseId(gidText);
  return uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
}

function parseGroupLine(line: string): readonly GroupEntry[] {
  const [name = '', , gidText = '', members = ''] = line.split(':');
  const gid = parseId(gidText);
  return gid === undefined ? [] : [{ name, gid, members: members.split(',') }];
}

function parseId(text: string): number | undefined {
  return /^\+?\d+$/.test(text) ? numberIn(Number(text)) : undefined;
}

function numberIn(written: WrittenId): number | undefined {
  return typeof written === 'number' && written >= 0 && written <= maxId ? written : undefined;
}

function unknown(kind: 'user' | 'group', id: WrittenId, wanted: string): ExecError {
  const message =
    typeof id === 'number'
      ? sentence`The ${kind} of ${JSON.stringify(wanted)} is not a number from 0 to ${maxId}. Use another one in ${part('user')}.`
      : `The image has no ${kind} ${JSON.stringify(id)}: its ${kind === 'user' ? '/etc/passwd' : '/etc/group'} does not name it. Use a number, or a ${kind} that is there.`;
  return new ExecError('START_FAILED', message);
}
