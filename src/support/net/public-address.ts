import { createNetworkList } from './network-list.ts';
import { type Address, parseAddress } from './parse-address.ts';

/** Everything of IPv4 that no public server can have, and the two addresses outside of it at which clouds answer. */
const special4 = createNetworkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);

const global6 = createNetworkList(['2000::/3']);
/** Tunnels (Teredo, 6to4), which may lead to any IPv4 address, and reserved blocks. */
const special6 = createNetworkList(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

const loopback = createNetworkList(['127.0.0.0/8', '::1']);

/**
 * Whether a server on the internet can have the address: not loopback, private, shared, link-local (cloud metadata),
 * multicast or reserved. An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged as that one.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  if (address.family === 'ipv4') return !special4.contains(address);
  return global6.contains(address) && !special6.contains(address);
}

export function isLoopbackAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && loopback.contains(address);
}

/** Whether both are the same number, however each is written. */
export function isSameAddress(one: string, other: string): boolean {
  const [a, b]: readonly (Address | undefined)[] = [parseAddress(one), parseAddress(other)];
  return a !== undefined && a.text === b?.text;
}
