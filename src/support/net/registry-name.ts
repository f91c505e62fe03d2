import { addressInHost, parseAddress } from './parse-address.ts';

/**
 * A registry in the one spelling by which policies and credentials know it: `0x7f.1:05000` is `127.0.0.1:5000`.
 * @param text `host`, `host:port`, `[IPv6]:port`; what is none of these is returned in lower case
 */
export function registryName(text: string): string {
  const lower = text.toLowerCase();
  const { host = '', port } = /^(?<host>\[.*\]|[^:]*)(?::0*(?<port>\d+))?$/.exec(lower)?.groups ?? {};
  if (host === '') return lower;
  const address = parseAddress(addressInHost(host) ?? '');
  const name = address === undefined ? host : address.family === 'ipv4' ? address.text : `[${address.text}]`;
  return port === undefined ? name : `${name}:${port}`;
}
