import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { proofPod } from './proof-pod.ts';
import { saw } from './run-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const account = 'system:serviceaccount:agents:exec-agent';
const namespace = 'security';
const policy = join(import.meta.dirname, 'admission-policy.yaml');

beforeAll(async () => {
  for (const name of [namespace, 'agents']) await cluster.kubectl(['create', 'namespace', name]);
  await cluster.kubectl(['-n', 'agents', 'create', 'serviceaccount', 'exec-agent']);
  await cluster.kubectl(['-n', namespace, 'create', 'role', 'pods', '--verb=create', '--resource=pods']);
  await cluster.kubectl([
    '-n',
    namespace,
    'create',
    'rolebinding',
    'pods',
    '--role=pods',
    '--serviceaccount=agents:exec-agent',
  ]);
});

afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', namespace, 'agents', '--wait=false']);
  await cluster.kubectl(['delete', '-f', policy, '--ignore-not-found']);
});

/** Why the API refuses the pod; undefined: it would be created. */
async function refusalOf(pod: unknown, ...as: readonly string[]): Promise<string | undefined> {
  const dryRun = ['create', '--dry-run=server', '-f', '-', ...as];
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

describe('admission policy', () => {
  const as = [`--as=${account}`];
  const own = proofPod({ name: 'own', namespace });
  const [keep, step] = own.spec.containers;
  const changed = (spec: object) => ({ ...own, spec: { ...own.spec, ...spec } });

  beforeAll(async () => {
    await cluster.kubectl([
      'label',
      'namespace',
      namespace,
      'exec-agent/pods=true',
      'pod-security.kubernetes.io/enforce=privileged',
      '--overwrite',
    ]);
    await cluster.kubectl(['create', '-f', policy]);
    // It takes the API server a moment to enforce a new policy.
    const isEnforced = async () => (await refusalOf(own)) !== undefined;
    expect(await becomesTrue(isEnforced, 30_000)).toBe(true);
  });

  test('admits the pods of the agents', async () => {
    expect(await refusalOf(own, ...as)).toBe(undefined);
  });

  test.each([
    ['another account', own, [], 'only the agents'],
    ['the node’s user namespace', changed({ hostUsers: true }), as, 'hostUsers must be false'],
    ['the node’s network', changed({ hostNetwork: true, hostUsers: undefined }), as, 'hostUsers must be false'],
    [
      'a directory of the node',
      changed({ volumes: [...own.spec.volumes, { name: 'x', hostPath: { path: '/' } }] }),
      as,
      'only emptyDir',
    ],
    ['an init container', changed({ initContainers: [{ ...keep, name: 'init' }] }), as, 'no init'],
    [
      'a privileged container',
      changed({ containers: [keep, { ...step, securityContext: { ...step?.securityContext, privileged: true } }] }),
      as,
      'containers drop ALL',
    ],
    [
      'another capability',
      changed({
        containers: [
          keep,
          {
            ...step,
            securityContext: { ...step?.securityContext, capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } },
          },
        ],
      }),
      as,
      'containers drop ALL',
    ],
    [
      'no seccomp',
      changed({
        containers: [
          keep,
          { ...step, securityContext: { ...step?.securityContext, seccompProfile: { type: 'Unconfined' } } },
        ],
      }),
      as,
      'containers drop ALL',
    ],
  ])('refuses %s', async (_, pod, how, words) => {
    const refusal = await refusalOf(pod, ...how);
    saw(refusal ?? 'admitted');
    expect(refusal).toContain(words);
  });
});
