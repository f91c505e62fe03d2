import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openCluster } from '../cluster/open-cluster.ts';
import { proofPod } from './proof-pod.ts';
import { saw } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'security';

beforeAll(() => cluster.kubectl(['create', 'namespace', namespace]));

afterAll(() => cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']));

/** Why the API refuses the pod; undefined: it would be created. */
async function refusalOf(pod: unknown): Promise<string | undefined> {
  const dryRun = ['create', '--dry-run=server', '-f', '-'];
  return cluster.kubectl(dryRun, JSON.stringify(pod)).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

test.each([
  ['baseline', false, 'must not include "NET_ADMIN", "SYS_ADMIN"'],
  ['restricted', false, 'violates PodSecurity "restricted'],
  ['privileged', true, undefined],
])('Pod Security %s: admits the pod of tier own: %s', async (level, _, words) => {
  await cluster.kubectl([
    'label',
    'namespace',
    namespace,
    `pod-security.kubernetes.io/enforce=${level}`,
    '--overwrite',
  ]);
  const refusal = await refusalOf(proofPod({ name: 'own', namespace }));
  saw(refusal ?? 'admitted');
  if (words === undefined) expect(refusal).toBe(undefined);
  else expect(refusal).toContain(words);
});

test('Pod Security baseline: admits the six capabilities that the pod of tier policy adds', async () => {
  await cluster.kubectl([
    'label',
    'namespace',
    namespace,
    'pod-security.kubernetes.io/enforce=baseline',
    '--overwrite',
  ]);
  const capabilities = ['SETUID', 'SETGID', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'NET_BIND_SERVICE'];
  expect(await refusalOf(proofPod({ name: 'policy', namespace, capabilities }))).toBe(undefined);
});
