import { addressInHost } from './parse-address.ts';
import { isLoopbackAddress } from './public-address.ts';

/** @param host a name or an address, in any of its spellings, without the port */
export function isLoopbackHost(host: string): boolean {
  return host.toLowerCase() === 'localhost' || isLoopbackAddress(addressInHost(host) ?? '');
}
