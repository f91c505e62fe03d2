import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { withObject } from '../cluster/with-object.ts';
import { proofPod } from './proof-pod.ts';
import { reportsOf, saw, statusOf } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const { hostIp, nodeIp } = cluster.subnet;

/** Closed to all but agents at keep's port, and without a way out. */
const policies = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'closed' },
  spec: {
    podSelector: { matchLabels: { tier: 'policy' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ ipBlock: { cidr: `${hostIp}/32` } }], ports: [{ port: 9443 }] }],
  },
};

beforeAll(() => cluster.kubectl(['create', '-f', '-'], JSON.stringify(policies)));

afterAll(() => cluster.kubectl(['delete', 'networkpolicy', 'closed']));

/** In the pod's network, where each connection that succeeds prints its target. */
const dial = `for round in 1 2 3; do for there in "${nodeIp} 6443" "${hostIp} 22" "OTHER 9443"; do nc -w 1 $there </dev/null >/dev/null 2>&1 && echo "reached $there in round $round"; done; done; echo dialed; sleep 300`;

/** Runs `dial` in a pod, and what follows while the pod is there. */
async function withDialer(
  name: string,
  { labels, other = '127.0.0.1' }: { readonly labels: Record<string, string>; readonly other?: string },
  use: (dialer: { readonly stdout: string; readonly ip: string }) => Promise<void>,
): Promise<void> {
  const order = { ownNetwork: false, hidden: [], filter: false, command: ['sh', '-c', dial.replace('OTHER', other)] };
  await withObject(cluster, proofPod({ name, labels, order }), async () => {
    const hasDialed = async () =>
      (await reportsOf(cluster, name).catch(() => undefined))?.stdout.includes('dialed') === true;
    expect(await becomesTrue(hasDialed, 90_000)).toBe(true);
    const { stdout } = await reportsOf(cluster, name);
    await use({ stdout, ip: (await statusOf(cluster, name)).podIP ?? '' });
  });
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 2_000 });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test('network policies: an open pod reaches the API server and another pod, a closed one nothing', () =>
  withDialer('open', { labels: { tier: 'open' } }, (open) =>
    withDialer('closed', { labels: { tier: 'policy' }, other: open.ip }, async (closed) => {
      saw(`open: ${open.stdout}closed: ${closed.stdout}`);
      expect(open.stdout).toContain(`reached ${nodeIp} 6443`);
      expect(closed.stdout).toBe('dialed\n');
      // Agents dial pods.
      expect(await answers(closed.ip, 9443)).toBe(true);
      expect(await answers(open.ip, 9443)).toBe(true);
    }),
  ));
