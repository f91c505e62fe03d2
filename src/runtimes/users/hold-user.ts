import { ExecError } from '../../support/exec-error.ts';
import { parseUser } from '../../support/names/parse-user.ts';
import { isInRange, isNumberRange } from '../../support/text/number-range.ts';
import type { Confinement } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import { idNamed, needsDatabase, resolveUser, type UserDatabase, type UserIds } from './resolve-user.ts';

export type UserRules = Pick<Confinement, 'user' | 'users' | 'groups'>;

export interface UserQuestion {
  /** Of the request; undefined or empty: the image's. */
  readonly asked: string | undefined;
  /** Of the image; empty: root. */
  readonly imageUser: string;
  readonly rules: UserRules;
  /** Asked for only where the ids depend on it. */
  readonly readDatabase: () => Promise<UserDatabase>;
}

type Kind = 'user' | 'group';
type List = NonNullable<Confinement['users']>;

// "nobody" and its group on every Linux.
const nobody = 65_534;
const noDatabase: UserDatabase = { passwd: '', group: '' };

/** Whether it matters to the policy who runs in a container. */
export function judgesUsers({ user, users, groups }: UserRules): boolean {
  return user === 'never-root' || users !== undefined || groups !== undefined;
}

/**
 * The ids that a container runs with, once they have passed the policy: an engine that is given these numbers has nothing
 * left to look up.
 * @throws ExecError POLICY_DENIED naming container.user | START_FAILED for a user that the image does not know
 */
export async function holdUser(question: UserQuestion): Promise<UserIds> {
  const { imageUser, rules, readDatabase } = question;
  const asked = question.asked || undefined;
  // Images are written for root: one of them that names no other user still runs.
  const becomesNobody = asked === undefined && rules.user === 'never-root' && parseUser(imageUser).user === 0;
  const wanted = becomesNobody ? `${nobody}:${nobody}` : (asked ?? imageUser);
  const database = needsDatabase(wanted) || hasNames(rules) ? await readDatabase() : noDatabase;
  const ids = rules.user === 'any' ? resolveUser(wanted, database) : withoutRoot(asked, wanted, database);
  const field = asked === undefined ? `the image's user "${imageUser}"` : `"${asked}"`;
  judge('user', ids.uid, parseUser(wanted).user, { list: rules.users, database, field });
  for (const gid of [ids.gid, ...ids.additionalGids])
    judge('group', gid, parseUser(wanted).group, { list: rules.groups, database, field });
  return ids;
}

function withoutRoot(asked: string | undefined, wanted: string, database: UserDatabase): UserIds {
  const { uid, gid, additionalGids } = resolveUser(wanted, database);
  if (asked === undefined && uid === 0) return { uid: nobody, gid: nobody, additionalGids: [] };
  if (uid === 0) throw isRoot(wanted, 'user');
  if (asked !== undefined && gid === 0 && parseUser(asked).group !== undefined) throw isRoot(wanted, 'group');
  return { uid, gid: gid === 0 ? nobody : gid, additionalGids: additionalGids.filter((id) => id !== 0) };
}

interface Judged {
  readonly list: List | undefined;
  readonly database: UserDatabase;
  readonly field: string;
}

function judge(kind: Kind, id: number, written: number | string | undefined, { list, database, field }: Judged): void {
  if (list === undefined) return;
  const means = (entry: string): boolean => {
    if (isNumberRange(entry)) return isInRange(entry, id);
    if (entry === 'root') return id === 0;
    return idNamed(entry, kind, database) === id;
  };
  // An image decides what a name stands for, so a name never allows root.
  const isAllowed = list.allow?.some((entry) => means(entry) && (id !== 0 || isRootEntry(entry))) ?? true;
  const isDenied = list.deny.some((entry) => means(entry) || entry === written);
  if (isAllowed && !isDenied) return;
  const message = sentence`${part('user')}: ${field} has the ${kind} ${id}, which may not be used here. Name another ${kind}, such as "1000:1000".`;
  throw new ExecError('POLICY_DENIED', message, { context: { setting: `${kind}s` } });
}

function isRootEntry(entry: string): boolean {
  return entry === 'root' || isNumberRange(entry);
}

function hasNames({ users, groups }: UserRules): boolean {
  const entries = [users, groups].flatMap((list) => [...(list?.allow ?? []), ...(list?.deny ?? [])]);
  return entries.some((entry) => entry !== 'root' && !isNumberRange(entry));
}

function isRoot(wanted: string, kind: Kind): ExecError {
  const message = sentence`${part('user')}: "${wanted}" has the ${kind} 0, which is root. Name a ${kind} by a number above 0, such as "1000:1000".`;
  return new ExecError('POLICY_DENIED', message, { context: { setting: 'container.user' } });
}
