import { isIP } from 'node:net';

/** An IP address in canonical form: all spellings of an address give the same text. */
export interface Address {
  readonly family: 'ipv4' | 'ipv6';
  /** Dotted decimal, or the shortest IPv6 form in lower case. */
  readonly text: string;
}

/**
 * Reads an address as system calls and DNS return it. An IPv6 address that stands for an IPv4 one (mapped
 * `::ffff:0:0/96`, NAT64 `64:ff9b::/96`) becomes that one.
 * @returns undefined for a name, and for an address with a zone, which has a meaning on one interface only
 */
export function parseAddress(text: string): Address | undefined {
  const kind = isIP(text);
  if (kind === 4) return { family: 'ipv4', text };
  if (kind !== 6 || text.includes('%')) return undefined;
  const canonical = shortestForm(text);
  const inner = innerAddress(canonical);
  return inner === undefined ? { family: 'ipv6', text: canonical } : { family: 'ipv4', text: inner };
}

const numericEnd = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;

/**
 * The address that a host is, in one spelling: brackets, octal, hexadecimal and short IPv4 forms (`0x7f.1`,
 * `2130706433`) and a dot at the end are read as a resolver reads them.
 * @param host as a URL, a `Host` header or an image reference has it, without the port
 * @returns undefined for a name
 */
export function addressInHost(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 6) return bare.includes('%') ? bare : shortestForm(bare);
  if (!numericEnd.test(host) || !/^[\da-fx.]+$/i.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  const { hostname } = new URL(`http://${host}`);
  return isIP(hostname) === 4 ? hostname : undefined;
}

function shortestForm(ipv6: string): string {
  return new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
}

const groupsOfAddress = 8;
const groupsOfPrefix = 6;
const embeddingPrefixes: readonly string[] = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'];

function innerAddress(canonical: string): string | undefined {
  const [head = [], tail = []] = canonical.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: groupsOfAddress - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail];
  if (!embeddingPrefixes.includes(groups.slice(0, groupsOfPrefix).join(':'))) return undefined;
  return groups
    .slice(groupsOfPrefix)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
    .join('.');
}
