import { BlockList, isIP } from 'node:net';

/** Everything of IPv4 that no public server can have, and the two addresses outside of it at which clouds answer. */
const special4 = blockListOf('ipv4', [
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

const global6 = blockListOf('ipv6', ['2000::/3']);
/** Tunnels, which may lead to any IPv4 address, and what is set aside. */
const special6 = blockListOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/**
 * Whether an address is one that a server on the internet has: not this machine, no private or shared network, no
 * link-local address (where clouds keep their metadata), no group, nothing set aside. An IPv6 address that stands for an
 * IPv4 one (mapped, NAT64) is judged as that.
 */
export function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 4) return !special4.check(address, 'ipv4');
  if (kind !== 6 || address.includes('%')) return false;
  const inner = innerAddress(address);
  if (inner !== undefined) return isPublicAddress(inner);
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

const mappedPrefix = '0:0:0:0:0:ffff';
const nat64Prefix = '64:ff9b:0:0:0:0';

function innerAddress(address: string): string | undefined {
  const groups = groupsOf(address);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== mappedPrefix && prefix !== nat64Prefix) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');
}

const groupsOfAddress = 8;

/** The eight groups of an IPv6 address, each without zeros in front. */
function groupsOf(address: string): string[] {
  // Written in the one shortest way, without a dotted part.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: groupsOfAddress - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail];
}

function blockListOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    list.addSubnet(base, Number(bits), family);
  }
  return list;
}
