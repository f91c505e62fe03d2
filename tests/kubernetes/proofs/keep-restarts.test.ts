import { expect, inject, test } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { withObject } from '../cluster/with-object.ts';
import { proofPod } from './proof-pod.ts';
import { reportsOf, saw, statusOf } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.5; done';

test('keep killed: a container rule restarts it, and hold connects to the new one while its command goes on', async () => {
  const name = 'keep-killed';
  const pod = proofPod({ name, order: { command: ['sh', '-c', script] } });
  const [keep, step] = pod.spec.containers;
  const rules = [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: [0] } }];
  const containers = [{ ...keep, restartPolicy: 'Never', restartPolicyRules: rules }, step];
  await withObject(cluster, { ...pod, spec: { ...pod.spec, containers } }, async () => {
    const begun = async () => (await reportsOf(cluster, name).catch(() => undefined))?.stdout.includes('2') === true;
    expect(await becomesTrue(begun, 60_000)).toBe(true);
    await cluster.onNode('pkill', '--signal', 'KILL', '--full', '^/bin/node /keep.mjs');
    const isRestarted = async () => {
      const { containerStatuses = [] } = await statusOf(cluster, name);
      return containerStatuses.some(({ name: container, restartCount }) => container === 'keep' && restartCount > 0);
    };
    expect(await becomesTrue(isRestarted, 60_000)).toBe(true);
    const isGreeted = async () =>
      (await reportsOf(cluster, name).catch(() => undefined))?.reports.some(
        ({ hello }) => hello === 'running' || hello === 'ended',
      ) === true;
    const greeted = await becomesTrue(isGreeted, 60_000);
    saw(JSON.stringify((await reportsOf(cluster, name)).reports.slice(0, 3)));
    expect(greeted).toBe(true);
  });
});
