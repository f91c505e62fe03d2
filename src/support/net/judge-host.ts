import { networkInterfaces } from 'node:os';
import { ExecError, errnoOf, messageOf } from '../exec-error.ts';
import type { HostAllowlist } from './host-allowlist.ts';
import { addressInHost } from './parse-address.ts';
import { isPublicAddress, isSameAddress } from './public-address.ts';

export interface HostRules {
  /** Every address of a host name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** What may be connected to although it is not on the public internet. */
  readonly allowlist: HostAllowlist;
  /** What else to do where it is not, as a sentence. */
  readonly cure: string;
  /** The addresses of this host. Default: those of its network interfaces, read for each judgment. */
  readonly ownAddresses?: () => readonly string[];
}

/**
 * Resolves a host to the addresses that the rules allow. The caller connects to one of these and does not resolve the name
 * again, because it may have another address by then.
 * @param hostname as in a URL
 * @throws ExecError POLICY_DENIED when there is none; INPUT_NOT_FOUND for a name that has no address
 */
export async function judgeHost(hostname: string, rules: HostRules): Promise<readonly string[]> {
  const { lookup, allowlist, cure, ownAddresses = interfaceAddresses } = rules;
  const literal = addressInHost(hostname);
  const host = literal ?? hostname;
  const addresses = literal === undefined ? await resolve(host, lookup) : [literal];
  const own = ownAddresses();
  // A server on a public address of this host may be meant for this host alone.
  const mayBeReached = (address: string) =>
    isPublicAddress(address) && !own.some((each) => isSameAddress(each, address));
  const allowed = addresses.filter((address) => allowlist.allows(host, address) || mayBeReached(address));
  if (allowed.length > 0) return allowed;
  const shown = literal === undefined ? `${host} (${addresses.join(', ')})` : host;
  throw new ExecError('POLICY_DENIED', `${shown} is not on the public internet. ${cure}`);
}

async function resolve(host: string, lookup: HostRules['lookup']): Promise<readonly string[]> {
  try {
    const addresses = await lookup(host);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    if (errnoOf(error) !== 'ENOTFOUND')
      throw new ExecError('STORE_UNAVAILABLE', `the name ${host} could not be resolved: ${messageOf(error)}.`, {
        cause: error,
      });
  }
  throw new ExecError('INPUT_NOT_FOUND', `there is no host named ${host}. Correct the URL.`);
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
}
