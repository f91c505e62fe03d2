import { BlockList, isIP } from 'node:net';
import { type Address, parseAddress } from './parse-address.ts';

export interface NetworkList {
  contains(address: Address): boolean;
}

/** A network whose base is the number that addresses are compared by. */
interface Network {
  readonly base: Address;
  readonly bits: number;
}

/** Whether it is an address or a network: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/** @throws Error for an entry that is no network */
export function createNetworkList(entries: readonly string[]): NetworkList {
  // One list for each family: in a common one an IPv6 network that spans the mapped addresses would hold all of IPv4.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of entries) {
    const network = parseNetwork(entry);
    if (network === undefined) throw new Error(`${JSON.stringify(entry)} is not a network`);
    const { base, bits } = network;
    lists[base.family].addSubnet(base.text, bits, base.family);
  }
  return { contains: ({ family, text }) => lists[family].check(text, family) };
}

const bitsOf = { 4: 32, 6: 128 } as const;
const bitsOfEmbeddingPrefix = 96;

function parseNetwork(entry: string): Network | undefined {
  const [text = '', bits, more] = entry.split('/');
  const kind = isIP(text);
  const base = parseAddress(text);
  if ((kind !== 4 && kind !== 6) || base === undefined || more !== undefined) return undefined;
  const longest = bitsOf[kind];
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > longest)) return undefined;
  const length = Number(bits ?? longest);
  const isEmbedded = kind === 6 && base.family === 'ipv4';
  if (!isEmbedded) return { base, bits: length };
  if (length >= bitsOfEmbeddingPrefix) return { base, bits: length - bitsOfEmbeddingPrefix };
  return { base: { family: 'ipv6', text }, bits: length };
}
