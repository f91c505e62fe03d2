import { startRegistry } from '../../parts/images/registry.ts';
import { runCommand } from '../../parts/processes/run-command.ts';
import type { Cluster } from '../cluster/open-cluster.ts';

/** From which the node pulls all images, also those whose names have another registry. */
const port = 5000;

export interface NodeRegistry {
  readonly address: string;
  /** @param archive as `docker save` writes it. @param name without the registry: `library/alpine:latest` */
  publish(archive: string, name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function openNodeRegistry({ subnet }: Cluster): Promise<NodeRegistry> {
  const { address, stop } = await startRegistry({ address: `${subnet.hostIp}:${port}` });
  return {
    address,
    stop,
    async publish(archive, name) {
      const to = `docker://${address}/${name}`;
      await runCommand('skopeo', 'copy', '--dest-tls-verify=false', `docker-archive:${archive}`, to);
    },
  };
}
