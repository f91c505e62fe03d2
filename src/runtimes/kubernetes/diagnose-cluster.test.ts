import { describe, expect, test } from 'vitest';
import { ExecError } from '../../support/exec-error.ts';
import { type Answering, type Asked, openScriptedApi, send, status } from './api/scripted-api.contract.ts';
import { diagnoseCluster } from './diagnose-cluster.ts';
import type { Reach } from './kubernetes-options.ts';
import { podOptions as pods } from './pod-options.contract.ts';

const { signal } = new AbortController();
const cutOff: Answering = (_, response) => response.destroy();

/** What a cluster answers in which everything is right; each is replaced by a test. */
const right: Readonly<Record<string, Answering>> = {
  version: (_, response) => send(response, 200, { gitVersion: 'v1.36.3' }),
  namespace: (_, response) => send(response, 200, { metadata: { name: 'jobs' } }),
  review: (_, response) => send(response, 201, { status: { allowed: true } }),
  pod: ({ body }, response) => send(response, 201, body),
};

function kindOf({ path }: Asked): string {
  if (path === '/version') return 'version';
  if (path === '/api/v1/namespaces/jobs') return 'namespace';
  return path.endsWith('/pods') ? 'pod' : 'review';
}

async function diagnose(changes: Readonly<Record<string, Answering>> = {}, reach: Reach = 'direct') {
  const answers = { ...right, ...changes };
  await using api = await openScriptedApi((asked, response) => answers[kindOf(asked)]?.(asked, response));
  const findings = await diagnoseCluster({ client: api.client, pods, reach, signal });
  return { findings, last: findings.at(-1), asked: [...api.asked] };
}

const refuse = (code: number, reason: string, message: string): Answering => {
  return (_, response) => send(response, code, status(code, reason, message));
};

describe('diagnosis of a cluster', () => {
  test('asks for the permission to forward ports where they are forwarded, and only there', async () => {
    const isForwarding = (body: unknown) => JSON.stringify(body).includes('portforward');
    const review: Answering = ({ body }, response) => send(response, 201, { status: { allowed: !isForwarding(body) } });
    expect((await diagnose({ review })).findings.every(({ ok }) => ok)).toBe(true);
    expect((await diagnose({ review }, 'port-forward')).last).toMatchObject({
      name: 'permissions',
      ok: false,
      detail: expect.stringContaining('get pods/portforward, create pods/portforward'),
      cure: expect.stringContaining('deploy/kubernetes/port-forward.yaml'),
    });
  });

  test('reports what works, and creates nothing', async () => {
    const { findings, asked } = await diagnose();
    expect(findings.map(({ name, ok }) => [name, ok])).toEqual([
      ['API', true],
      ['namespace', true],
      ['permissions', true],
      ['isolation', true],
    ]);
    expect(findings[0]?.detail).toContain('Kubernetes v1.36.3');
    expect(asked.filter((each) => kindOf(each) === 'pod').map(({ query }) => query)).toEqual([{ dryRun: 'All' }]);
  });

  test.each([
    ['an API that is away', { version: cutOff }, 'API', 'Check the address'],
    ['an expired token', { version: refuse(401, 'Unauthorized', 'Unauthorized') }, 'API', 'Renew it'],
    [
      'a namespace that does not exist',
      { namespace: refuse(404, 'NotFound', 'namespaces "jobs" not found') },
      'namespace',
      'EXEC_KUBE_NAMESPACE',
    ],
    [
      'an account without a role',
      {
        namespace: refuse(
          403,
          'Forbidden',
          'namespaces "jobs" is forbidden: User "x" cannot get resource "namespaces"',
        ),
      },
      'namespace',
      'deploy/kubernetes/access.yaml',
    ],
    [
      'Pod Security that refuses the pod',
      { pod: refuse(403, 'Forbidden', 'pods "x" is forbidden: violates PodSecurity "baseline:latest": capabilities') },
      'isolation',
      'pod-security.kubernetes.io/enforce=privileged',
    ],
    [
      'an admission policy that refuses the pod',
      { pod: refuse(422, 'Invalid', 'ValidatingAdmissionPolicy "p" denied request: only the agents create pods') },
      'isolation',
      'only the agents create pods',
    ],
  ])('reports %s with what to do, and asks nothing further', async (_, changes, name, words) => {
    const { last } = await diagnose(changes);
    expect(last).toMatchObject({ name, ok: false });
    expect(`${last?.detail} ${last?.cure}`).toContain(words);
  });

  test('names the verbs that a role lacks', async () => {
    const review: Answering = ({ body }, response) => {
      const allowed = !JSON.stringify(body).match(/"verb":"(watch|delete)"/);
      send(response, 201, { status: { allowed } });
    };
    const { last } = await diagnose({ review });
    expect(last).toMatchObject({
      name: 'permissions',
      ok: false,
      detail: 'the account lacks these permissions in "jobs": watch pods, delete pods',
    });
    expect(last?.cure).toContain('Role');
  });

  test.each([
    ['hostUsers', /"hostUsers":false,/g, '', 'UserNamespacesSupport'],
    ['volumes of images', /"image":\{"reference":[^}]*\}/g, '"emptyDir":{}', 'ImageVolume'],
  ])('reports an API server that ignores %s', async (_, what, by, words) => {
    // An API server drops fields whose feature is off.
    const pod: Answering = ({ body }, response) => send(response, 201, JSON.stringify(body).replace(what, by));
    const { last } = await diagnose({ pod });
    expect(last).toMatchObject({ name: 'isolation', ok: false });
    expect(last?.cure).toContain(words);
  });

  test('is interrupted by its signal', async () => {
    const interrupting = new AbortController();
    const reason = new ExecError('CANCELED', 'interrupted');
    await using api = await openScriptedApi(() => interrupting.abort(reason));
    await expect(
      diagnoseCluster({ client: api.client, pods, reach: 'direct', signal: interrupting.signal }),
    ).rejects.toBe(reason);
  });
});
