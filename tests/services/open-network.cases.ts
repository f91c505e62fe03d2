import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDockerApi } from '../parts/docker/docker-api.ts';
import { openServiceBench, type ServiceBench } from './open-service-bench.ts';

const base = 'http://host.docker.internal:9000';

export function openNetworkCases(runtime: 'docker' | 'oci'): void {
  describe('beside an open network', () => {
    const api = createDockerApi(inject('docker').host.slice('unix://'.length));
    const dockerNetwork = `open-${randomUUID().slice(0, 8)}`;
    let directory: string;
    let bench: ServiceBench;
    let gateway: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'open-network-'));
      const policyFile = join(directory, 'policy.yaml');
      await writeFile(policyFile, 'network: open\n');
      gateway = await api.createNetwork(dockerNetwork);
      bench = await openServiceBench({ runtime, dockerNetwork, policyFile });
    });
    afterAll(async () => {
      await bench.close();
      await api.remove(`/networks/${dockerNetwork}`);
      await rm(directory, { recursive: true });
    });

    const open = (script: string, more: object = {}) => {
      const container = { image: 'alpine:latest', command: ['sh', '-c', script], network: 'open' };
      return bench.deployment.run({ container, ...more });
    };

    if (runtime === 'oci') {
      it('which that runtime has not, says the refusal', async () => {
        expect(await open('true')).toMatchObject({
          error_code: 'POLICY_DENIED',
          error: expect.stringMatching(/^container\.network: the runtime oci has no open network/),
        });
      });
      return;
    }

    it('answer as without; what the network reaches is reached', async () => {
      const port = await bench.servers.listenEverywhere((socket) => socket.on('error', () => undefined).end('outside'));
      const outside = `nc -w 5 ${gateway} ${port} </dev/null; echo`;
      const alone = await open(outside);
      expect(alone.result?.output).toBe('outside\n');
      const granted = `wget -q -O - --post-data='{}' ${base}/data/query | grep -c success`;
      const { result } = await open(`${outside}; ${granted}`, { service_access: ['data'] });
      expect(result?.output).toBe('outside\n1\n');
      const closed = await bench.run(outside, { service_access: ['data'] });
      expect(closed.result?.output).not.toContain('outside');
    });
  });
}
