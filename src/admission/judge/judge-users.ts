import { parseUser, type WrittenId } from '../../support/names/parse-user.ts';
import { isInRange, isNumberRange } from '../../support/text/number-range.ts';
import type { Confinement } from '../../wire/plan/plan.ts';
import { part, sentence } from '../../wire/sentence.ts';
import type { Finding } from '../policy/policy.ts';

type Setting = 'users' | 'groups';
type List = NonNullable<Confinement[Setting]>;

/**
 * Checks a user and a group before the image is known. Numbers are ids; the image decides the id of a name. The driver
 * checks the ids that the container really gets.
 * @param written as in the request; undefined or empty: the user of the image
 */
export function judgeUsers(written: string | undefined, confinement: Confinement): readonly Finding[] {
  const { users, groups } = confinement;
  if (!written) {
    const says = "the image's own user is judged when the image is here";
    return users === undefined && groups === undefined ? [] : [{ setting: 'users', verdict: 'later', says }];
  }
  const { user, group } = parseUser(written);
  const field = sentence`${part('user')}: "${written}"`;
  if (confinement.user === 'never-root' && (isRootOrName(user) || group === 0))
    return [
      {
        setting: 'container.user',
        verdict: 'refuses',
        says: sentence`${field} is root, or may be. Name a user and a group by numbers above 0, such as "1000:1000".`,
      },
    ];
  return [...judgeId('users', user, users, written), ...judgeId('groups', group, groups, written)];
}

function isRootOrName(id: WrittenId): boolean {
  return typeof id === 'string' || id === 0;
}

function judgeId(
  setting: Setting,
  id: WrittenId | undefined,
  list: List | undefined,
  written: string,
): readonly Finding[] {
  const kind = setting.slice(0, -1);
  const field = sentence`${part('user')}: "${written}"`;
  if (list === undefined) {
    const says = `the user "${written}" may be used`;
    return setting === 'users' ? [{ setting, verdict: 'passes', says }] : [];
  }
  const later = {
    setting,
    verdict: 'later',
    says: `the ${kind} of "${written}" is judged when the image is here`,
  } as const;
  if (id === undefined) return [later];
  const verdict = verdictOf(id, list);
  if (verdict === 'unknown') return [later];
  if (verdict === 'denied') return [{ setting, verdict: 'refuses', says: sentence`${field} may not be used here.` }];
  return [{ setting, verdict: 'passes', says: `the ${kind} "${id}" may be used` }];
}

function verdictOf(id: WrittenId, { allow, deny }: List): 'allowed' | 'denied' | 'unknown' {
  const matches = (entry: string) => matchOf(entry, id);
  const denials = deny.map(matches);
  if (denials.includes('yes')) return 'denied';
  const permits = allow?.map(matches) ?? ['yes'];
  if (permits.every((match) => match === 'no')) return 'denied';
  return denials.includes('maybe') || !permits.includes('yes') || typeof id === 'string' ? 'unknown' : 'allowed';
}

/** A name of the policy stands for an id of the image, so a number may turn out to be meant. */
function matchOf(entry: string, id: WrittenId): 'yes' | 'no' | 'maybe' {
  if (typeof id === 'string') return entry === id ? 'yes' : 'maybe';
  if (isNumberRange(entry)) return isInRange(entry, id) ? 'yes' : 'no';
  if (entry === 'root') return id === 0 ? 'yes' : 'no';
  return 'maybe';
}
