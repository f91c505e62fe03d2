import { BlockList, isIP } from 'node:net';

export interface HostAllowlist {
  /** @param host as a URL has it, @param address what that name stands for */
  allows(host: string, address: string): boolean;
}

const hostName = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** Whether it is what an allowlist can hold: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`, `files.example.com`, `*.example.com`. */
export function isAllowlistEntry(entry: string): boolean {
  return parseNetwork(entry) !== undefined || (isIP(entry) === 0 && hostName.test(entry.toLowerCase()));
}

/** A name that is on the list is allowed whatever address it stands for; `*.` stands for one or more parts of a name. */
export function createHostAllowlist(entries: readonly string[]): HostAllowlist {
  const networks = new BlockList();
  const names = new Set<string>();
  const endings: string[] = [];
  for (const entry of entries.map((each) => each.toLowerCase())) {
    const network = parseNetwork(entry);
    if (network !== undefined) networks.addSubnet(network.base, network.bits, network.family);
    else if (entry.startsWith('*.')) endings.push(entry.slice(1));
    else names.add(entry);
  }
  return {
    allows(host, address) {
      const name = host.toLowerCase().replace(/\.$/, '');
      if (names.has(name) || endings.some((ending) => name.endsWith(ending))) return true;
      return isIP(address) !== 0 && networks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

interface Network {
  readonly base: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parseNetwork(entry: string): Network | undefined {
  const [base = '', bits, more] = entry.split('/');
  const kind = isIP(base);
  if (kind === 0 || base.includes('%') || more !== undefined) return undefined;
  const longest = kind === 4 ? 32 : 128;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > longest)) return undefined;
  return { base, bits: Number(bits ?? longest), family: kind === 4 ? 'ipv4' : 'ipv6' };
}
