import { ExecError } from '../../support/exec-error.ts';

/** The text of an image's /etc/passwd and /etc/group; empty where it has none. */
export interface UserDatabase {
  readonly passwd: string;
  readonly group: string;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
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
 * `user`, `uid`, `user:group`, `uid:gid` → numbers, as Docker does: names through the image's files; a number that is no
 * name stands for itself; supplementary groups only where no group was named.
 * @param wanted empty: root
 * @throws ExecError START_FAILED naming the user or group that the image does not know
 */
export function resolveUser(wanted: string, { passwd, group }: UserDatabase): ContainerUser {
  const [userPart = '', groupPart = ''] = splitOnce(wanted);
  const users = linesOf(passwd).flatMap(parsePasswdLine);
  const groups = linesOf(group).flatMap(parseGroupLine);
  const name = userPart === '' ? '0' : userPart;
  const id = parseId(name);
  const entry = users.find((user) => user.name === name) ?? users.find((user) => user.uid === id);
  const uid = entry?.uid ?? id;
  if (uid === undefined) throw unknown('user', userPart, '/etc/passwd');
  const home = entry?.home || '/';
  if (groupPart === '') {
    const gid = entry?.gid ?? 0;
    return { uid, gid, additionalGids: memberships(groups, entry, gid), home };
  }
  const gid = groups.find((known) => known.name === groupPart)?.gid ?? parseId(groupPart);
  if (gid === undefined) throw unknown('group', groupPart, '/etc/group');
  return { uid, gid, additionalGids: [], home };
}

function memberships(groups: readonly GroupEntry[], user: PasswdEntry | undefined, own: number): readonly number[] {
  if (user === undefined) return [];
  const others = groups.filter(({ gid, members }) => gid !== own && members.includes(user.name)).map(({ gid }) => gid);
  return [...new Set(others)];
}

function splitOnce(text: string): readonly string[] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function parsePasswdLine(line: string): PasswdEntry[] {
  const [name = '', , uidText = '', gidText = '', , home = ''] = line.split(':');
  const uid = parseId(uidText);
  const gid = parseId(gidText);
  return uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
}

function parseGroupLine(line: string): GroupEntry[] {
  const [name = '', , gidText = '', members = ''] = line.split(':');
  const gid = parseId(gidText);
  return gid === undefined ? [] : [{ name, gid, members: members.split(',') }];
}

function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return id <= maxId ? id : undefined;
}

function unknown(kind: 'user' | 'group', name: string, file: string): ExecError {
  return new ExecError(
    'START_FAILED',
    `The image has no ${kind} ${JSON.stringify(name)}: its ${file} does not name it. Use a number, or a ${kind} that is there.`,
  );
}
