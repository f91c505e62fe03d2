import { withoutPassword } from '../../support/text/without-password.ts';
import { isClusterUrl } from '../../wire/redis-address.ts';

/** How to reach that Redis by hand; a password is left for the user to fill in. */
export function redisCliOf(url: string): string {
  if (url.startsWith('unix://')) return `redis-cli -s ${url.slice('unix://'.length)}`;
  // Any node leads to the others.
  const node = withoutPassword(url).replace('+cluster', '').replace(/,.*$/, '');
  return `redis-cli ${isClusterUrl(url) ? '-c ' : ''}-u ${node}`;
}
