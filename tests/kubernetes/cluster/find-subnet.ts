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

/** Addresses that no route of the host leads to. @throws when all are in use */
export async function findSubnet(): Promise<Subnet> {
  const routes = await runCommand('ip', '-4', 'route', 'show', 'table', 'all');
  for (let index = 1; index <= mostClusters; index += 1)
    if (!routes.includes(`10.77.${index}.`) && !routes.includes(`10.88.${index}.`))
      return {
        hostIp: `10.77.${index}.254`,
        nodeIp: `10.77.${index}.1`,
        podCidr: `10.88.${index}.0/24`,
        link: `ea-test-${index}`,
      };
  throw new Error('every subnet for a test cluster is in use: 10.77.1.0/24 to 10.77.200.0/24');
}
