import { ExecError, messageOf } from '../../support/exec-error.ts';
import { createHostAllowlist } from '../../support/net/host-allowlist.ts';
import { judgeHost } from '../../support/net/judge-host.ts';
import { lookupHost } from '../../support/net/lookup-host.ts';
import type { ImageSource } from './registry-access.ts';

/** A host and its port, as a URL has them. */
export type Place = Pick<URL, 'hostname' | 'port' | 'protocol'>;

/**
 * The addresses that a reader of a registry may connect to for that place.
 * @throws ExecError IMAGE_PULL_FAILED for a place that is not on the public internet
 */
export type JudgePlace = (place: Place) => Promise<readonly string[]>;

/** Docker Hub's images are at another host than their names say. */
const hosts: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);
const usualPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The host, and its port if need be, at which a registry answers. */
export function hostOfRegistry(registry: string): string {
  return hosts.get(registry) ?? registry;
}

/**
 * What a registry names as its token service or as the place of its layers is judged as the URLs of inputs are. The registry
 * itself is judged by its name, in the policy.
 */
export function createPlaceJudge(
  { registry, redirects }: Pick<ImageSource, 'registry' | 'redirects'>,
  lookup = lookupHost,
): JudgePlace {
  const own = new URL(`https://${hostOfRegistry(registry)}`);
  const rules = {
    lookup,
    allowlist: createHostAllowlist(redirects),
    cure: `If ${registry} is to be trusted, name the host under "redirects" of ${registry} in EXEC_REGISTRIES_FILE.`,
  };
  return async ({ hostname, port, protocol }) => {
    // Without a port it may be either: a registry that has no TLS is asked without.
    const isOwnPort = own.port === '' ? ['', ...Object.values(usualPorts)].includes(port) : port === own.port;
    try {
      if (hostname === own.hostname && isOwnPort) return await lookup(withoutBrackets(hostname));
      return await judgeHost(hostname, rules);
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      const place = `${hostname}:${port === '' ? (usualPorts[protocol] ?? '') : port}`;
      throw new ExecError(
        'IMAGE_PULL_FAILED',
        `The registry ${registry} sends its readers to ${place}. ${messageOf(error)}`,
      );
    }
  };
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
