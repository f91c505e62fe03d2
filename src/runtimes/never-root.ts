// "nobody" on every Linux.
const nobody = '65534:65534';

/**
 * The user of an image that must not be root: itself when its number proves that it is not, else nobody, since a name may
 * stand for 0.
 * @param user `user`, `uid` or `uid:gid`; empty for root
 */
export function neverRoot(user: string): string {
  const [name = ''] = user.split(':');
  return /^\d+$/.test(name) && Number(name) > 0 ? user : nobody;
}
