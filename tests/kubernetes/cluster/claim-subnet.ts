import { messageOf } from '../../../src/support/exec-error.ts';
import { runCommand } from '../../parts/processes/run-command.ts';

/** The addresses of one cluster, of which several can be on a host. */
export interface Subnet {
  /** The host's end of the link to the node. */
  readonly hostIp: string;
  readonly nodeIp: string;
  readonly podCidr: string;
  /** Interface on the host; at most 15 characters. */
  readonly link: string;
}

const mostClusters = 200;

/**
 * Addresses that no route of the host leads to and no other cluster takes, also one that starts at the same time.
 * @param makeLink makes the interface, whose name is the claim; fails with "File exists" where it exists already
 * @throws when all are in use
 */
export async function claimSubnet(makeLink: (link: string) => Promise<unknown>): Promise<Subnet> {
  const routes = await runCommand('ip', '-4', 'route', 'show', 'table', 'all');
  for (let index = 1; index <= mostClusters; index += 1) {
    if (routes.includes(`10.77.${index}.`) || routes.includes(`10.88.${index}.`)) continue;
    const link = `ea-test-${index}`;
    try {
      await makeLink(link);
    } catch (error) {
      if (messageOf(error).includes('File exists')) continue;
      throw error;
    }
    return { hostIp: `10.77.${index}.254`, nodeIp: `10.77.${index}.1`, podCidr: `10.88.${index}.0/24`, link };
  }
  throw new Error('every subnet for a test cluster is in use: 10.77.1.0/24 to 10.77.200.0/24');
}
