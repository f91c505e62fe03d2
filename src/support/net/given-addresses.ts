import type { RequestOptions } from 'node:http';
import { isIP } from 'node:net';

type Lookup = NonNullable<RequestOptions['lookup']>;

/** Resolves any name to the addresses that were judged. */
export function givenAddresses(addresses: readonly string[]): Lookup {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = all;
    if (options.all === true) callback(null, all);
    else callback(null, first?.address ?? '', first?.family);
  };
}
