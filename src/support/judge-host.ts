import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ExecError, errnoOf, messageOf } from './exec-error.ts';
import type { HostAllowlist } from './host-allowlist.ts';
import { isPublicAddress } from './public-address.ts';

export interface HostRules {
  /** Every address of a host name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** What may be connected to although it is not on the public internet. */
  readonly allowlist: HostAllowlist;
  /** What else to do where it is not, as a sentence. */
  readonly cure: string;
}

/**
 * The addresses of a host that may be connected to. Whoever connects does so to one of these and does not resolve the
 * name again: it may have another address by then.
 * @param hostname as a URL has it
 * @throws ExecError POLICY_DENIED when there is none; INPUT_NOT_FOUND for a name that has no address
 */
export async function judgeHost(hostname: string, { lookup, allowlist, cure }: HostRules): Promise<readonly string[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await resolve(host, lookup) : [host];
  const allowed = addresses.filter(
    (address) => allowlist.allows(host, address) || (isPublicAddress(address) && !isOwn(address)),
  );
  if (allowed.length > 0) return allowed;
  const shown = isIP(host) === 0 ? `${host} (${addresses.join(', ')})` : host;
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

/** What listens on a public address of this machine may be meant for this machine alone. */
function isOwn(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some((each) => each.address === address);
}
