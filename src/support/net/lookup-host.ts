import { lookup } from 'node:dns/promises';

/** Every address of a host name, as the system resolves it. @throws system errors, ENOTFOUND for an unknown name */
export async function lookupHost(host: string): Promise<readonly string[]> {
  const addresses = await lookup(host, { all: true });
  return addresses.map(({ address }) => address);
}
