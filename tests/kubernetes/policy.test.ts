import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { withObject } from './cluster/with-object.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'policy-run';
let agents: ClusterAgents;

/** As deploy/kubernetes/access.yaml has it, for agents that are on the host. */
const networkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'closed', namespace },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ ipBlock: { cidr: `${cluster.subnet.hostIp}/32` } }], ports: [{ protocol: 'TCP', port: 9443 }] },
    ],
  },
};

beforeAll(async () => {
  agents = await openClusterAgents(cluster, namespace);
  await cluster.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=baseline']);
});

afterAll(() => agents?.close());

describe('EXEC_KUBE_ISOLATION=policy', () => {
  test('a command does not begin where no network policy is in force, and the fix is named', async () => {
    const agent = await agents.open({ kubeIsolation: 'policy' });
    const answer = await agents.run(shell('echo ran'));
    expect(answer).toMatchObject({
      error_code: 'RUNTIME_UNAVAILABLE',
      error: expect.stringMatching(/can connect to .*:6443.*access\.yaml.*EXEC_KUBE_ISOLATION=own/),
    });
    expect(answer.result?.output ?? '').toBe('');
    await agent.stop();
    expect(await agents.leftovers()).toEqual([]);
  });

  test('own is refused where Pod Security does not admit it, and the fix is named', async () => {
    const agent = await agents.open();
    expect(await agents.run(shell('echo ran'))).toMatchObject({
      error_code: 'RUNTIME_UNAVAILABLE',
      error: expect.stringContaining('pod-security.kubernetes.io/enforce=privileged'),
    });
    await agent.stop();
  });

  test('a command runs under Pod Security baseline, reaches nothing and has no new privileges', async () => {
    await withObject(cluster, networkPolicy, async () => {
      const agent = await agents.open({ kubeIsolation: 'policy' });
      const { nodeIp, hostIp } = cluster.subnet;
      const dials = `for there in "${nodeIp} 6443" "${hostIp} 5000" "169.254.169.254 80"; do nc -w 1 $there </dev/null >/dev/null 2>&1 && echo "reached $there"; done`;
      const script = `${dials}; grep -E "NoNewPrivs|CapEff|Seccomp_filters" /proc/self/status | tr -d "\\t"; id -u; unshare -U true 2>/dev/null && echo unshared; echo part > /workspace/output/part; exit 4`;
      const request = {
        container: { image: 'alpine:latest', command: ['sh', '-c', script], user: '1234' },
        output: { expected_files: ['part'] },
      };
      const { result, ...answer } = await agents.run(request);
      expect(answer).toMatchObject({ error_code: 'EXIT_NONZERO' });
      expect(result).toMatchObject({ exit_code: 4, output_files: [{ name: 'part', content: 'part\n' }] });
      expect(result?.output?.split('\n')).toEqual([
        'CapEff:0000000000000000',
        'NoNewPrivs:1',
        'Seccomp_filters:2',
        '1234',
        '',
      ]);
      await agent.stop();
      expect(await agents.leftovers()).toEqual([]);
    });
  });
});
