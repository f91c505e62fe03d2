import { createNetworkList, isNetwork } from './network-list.ts';
import { addressInHost, parseAddress } from './parse-address.ts';

export interface HostAllowlist {
  /** @param host as a URL has it, @param address what that name stands for */
  allows(host: string, address: string): boolean;
}

const hostName = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** Whether it is what an allowlist can hold: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`, `files.example.com`, `*.example.com`. */
export function isAllowlistEntry(entry: string): boolean {
  return isNetwork(entry) || (addressInHost(entry) === undefined && hostName.test(entry.toLowerCase()));
}

/** A name on the list is allowed for any address it resolves to. `*.` matches one or more labels of a name. */
export function createHostAllowlist(entries: readonly string[]): HostAllowlist {
  const networks = createNetworkList(entries.filter(isNetwork));
  const names = entries.filter((each) => !isNetwork(each)).map((each) => each.toLowerCase());
  const endings = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  const whole = new Set(names);
  return {
    allows(host, text) {
      const name = host.toLowerCase().replace(/\.$/, '');
      if (whole.has(name) || endings.some((ending) => name.endsWith(ending))) return true;
      const address = parseAddress(text);
      return address !== undefined && networks.contains(address);
    },
  };
}
