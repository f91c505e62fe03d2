import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type ApiClient, createApiClient } from '../../src/runtimes/kubernetes/api/api-client.ts';
import { namespaces, pods } from '../../src/runtimes/kubernetes/api/api-resource.ts';
import { fixedCredential } from '../../src/runtimes/kubernetes/api/credentials/fixed-credential.ts';
import { forwardPort } from '../../src/runtimes/kubernetes/api/forward/forward-port.ts';
import { diagnoseCluster } from '../../src/runtimes/kubernetes/diagnose-cluster.ts';
import type { PodOptions, Reach } from '../../src/runtimes/kubernetes/kubernetes-options.ts';
import { podOptions as anyPodOptions } from '../../src/runtimes/kubernetes/pod-options.contract.ts';
import { becomesTrue } from '../parts/poll.ts';
import { agentImage } from './agent-image.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { withObject } from './cluster/with-object.ts';
import { proofPod } from './proofs/proof-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const directory = new URL('../../deploy/kubernetes/', import.meta.url);
const file = fileURLToPath(new URL('access.yaml', directory));
const agents = 'exec-agent';
const namespace = 'exec-agent-pods';
const account = `system:serviceaccount:${agents}:exec-agent`;
const place = { resource: pods, namespace };
const named = z.object({ metadata: z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() }) });
const podOptions: PodOptions = { ...anyPodOptions, namespace, keepImage: agentImage };
const { signal } = new AbortController();
let client: ApiClient;

beforeAll(async () => {
  await cluster.kubectl(['apply', '-f', file]);
  // It takes the API server a moment to enforce a new policy.
  const isEnforced = async () => (await refusalOf(proofPod({ name: 'own', namespace }))) !== undefined;
  expect(await becomesTrue(isEnforced, 60_000)).toBe(true);
  client = await clientOf('exec-agent');
});

afterAll(async () => {
  client.close();
  await cluster.kubectl(['delete', '-f', file, '--ignore-not-found']);
});

async function clientOf(name: string): Promise<ApiClient> {
  const token = (await cluster.kubectl(['-n', agents, 'create', 'token', name])).trim();
  const access = {
    server: new URL(cluster.apiUrl),
    ca: await readFile(cluster.caFile, 'utf8'),
    insecure: false,
    namespace,
    credentials: fixedCredential({ token }, 'the token of the test'),
    origin: 'the account of the agents',
  };
  return createApiClient(access, {
    connectTimeoutMs: 10_000,
    callTimeoutMs: 60_000,
    answerBytes: 16_000_000,
    idleConnections: 4,
  });
}

/** Why the API refuses the pod; undefined: it would be created. */
async function refusalOf(pod: unknown, ...as: readonly string[]): Promise<string | undefined> {
  return cluster.kubectl(['create', '--dry-run=server', '-f', '-', ...as], JSON.stringify(pod)).then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

const ruleSchema = z.object({
  verbs: z.array(z.string()),
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
});
type Rule = z.infer<typeof ruleSchema>;

/** What an account may do in a namespace, as the API server sees it. */
async function rulesOf(name: string, where: string): Promise<readonly Rule[]> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: where },
  };
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${agents}`, 'system:authenticated'];
  const as = [`--as=${name}`, ...groups.map((group) => `--as-group=${group}`)];
  const text = await cluster.kubectl(
    ['create', '--validate=false', '-f', '-', '-o', 'json', ...as],
    JSON.stringify(review),
  );
  const { resourceRules } = z
    .object({ status: z.object({ resourceRules: z.array(ruleSchema) }) })
    .parse(JSON.parse(text)).status;
  return resourceRules;
}

/** What `doctor` finds for an account. */
async function diagnoseAs(name: string, reach: Reach = 'direct') {
  const one = await clientOf(name);
  try {
    const findings = await diagnoseCluster({ client: one, pods: podOptions, reach, signal });
    return findings.map(({ name, ok, detail, cure }) => `${name} ${ok ? 'ok' : `bad: ${detail}. ${cure}`}`);
  } finally {
    one.close();
  }
}

const key = (rule: Rule): string => JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.verbs]);

describe('deploy/kubernetes/access.yaml', () => {
  test('the account of the agents can do what an agent does', async () => {
    const uid = await client.get({ resource: namespaces }, namespace, named, signal);
    expect(uid?.metadata.name).toBe(namespace);
    const made = await client.create(place, proofPod({ name: 'one', namespace }), named, { signal });
    const listed = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(named) });
    const { items, metadata } = await client.list(place, { limit: 10 }, listed, signal);
    expect(items.map((item) => item.metadata.name)).toEqual(['one']);
    const { resourceVersion } = metadata;
    (await client.watch(place, { resourceVersion, timeoutSeconds: 1 }, signal)).destroy();
    expect(await client.get(place, 'one', named, signal)).toMatchObject({ metadata: { uid: made.metadata.uid } });
    const { uid: podUid } = made.metadata;
    const patch = { metadata: { uid: podUid, labels: { given: 'yes' } } };
    expect(await client.patch(place, 'one', patch, named, signal)).toMatchObject({ metadata: { uid: podUid } });
    expect(await client.delete(place, 'one', { uid: made.metadata.uid, graceSeconds: 0 }, signal)).toBe(true);
  });

  test('the account of the agents can do nothing else', async () => {
    const nobody = `system:serviceaccount:${agents}:nobody`;
    for (const where of [namespace, agents, 'default', 'kube-system']) {
      const common = new Set((await rulesOf(nobody, where)).map(key));
      const more = (await rulesOf(account, where)).filter((rule) => !common.has(key(rule)));
      const verbs = Object.fromEntries(more.map((rule) => [rule.resources.join(), rule]));
      if (where !== namespace) expect(more).toEqual([]);
      else
        expect(verbs).toEqual({
          pods: { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'watch', 'delete', 'patch'] },
          events: { apiGroups: [''], resources: ['events'], verbs: ['list'] },
          namespaces: { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get'] },
        });
    }
  });

  test('doctor: accepts the account of the agents, and tells another one which file to apply', async () => {
    expect(await diagnoseAs('exec-agent')).toEqual(['API ok', 'namespace ok', 'permissions ok', 'isolation ok']);
    expect(await diagnoseAs('default')).toEqual([
      'API ok',
      expect.stringMatching(/^namespace bad: .*cannot get resource "namespaces".*deploy\/kubernetes\/access\.yaml/),
    ]);
  });

  test('port-forward.yaml has what EXEC_KUBE_REACH=port-forward needs, and doctor names it where it is missing', async () => {
    const forwarding = fileURLToPath(new URL('port-forward.yaml', directory));
    const bad = (await diagnoseAs('exec-agent', 'port-forward')).at(-1);
    expect(bad).toMatch(/^permissions bad: .*get pods\/portforward, create pods\/portforward.*port-forward\.yaml/);
    const tried = forwardPort(client, place, { pod: 'none', port: 9443 }, signal);
    await expect(tried).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('for "pods/portforward"'),
    });
    await cluster.kubectl(['apply', '-f', forwarding]);
    try {
      const found = () => diagnoseAs('exec-agent', 'port-forward');
      await expect.poll(found, { timeout: 60_000 }).toContain('permissions ok');
      await expect(forwardPort(client, place, { pod: 'none', port: 9443 }, signal)).rejects.toThrow('"none" not found');
    } finally {
      await cluster.kubectl(['delete', '-f', forwarding]);
    }
  });

  test('agent.yaml is accepted by the API server', async () => {
    const applied = await cluster.kubectl([
      'apply',
      '--dry-run=server',
      '-f',
      fileURLToPath(new URL('agent.yaml', directory)),
    ]);
    expect(applied.split('\n').filter((line) => line !== '')).toHaveLength(5);
  });

  describe('admission policy', () => {
    const as = [`--as=${account}`];
    const own = proofPod({ name: 'own', namespace });
    const policyPod = proofPod({ name: 'policy', namespace, hostUsers: true, capabilities: ['SETUID', 'SETGID'] });
    const [keep, step] = own.spec.containers;
    const changed = (spec: object) => ({ ...own, spec: { ...own.spec, ...spec } });
    const changedStep = (change: object) => changed({ containers: [keep, { ...step, ...change }] });
    const confined = (change: object) => changedStep({ securityContext: { ...step?.securityContext, ...change } });

    test('admits the pods of the agents', async () => {
      expect(await refusalOf(own, ...as)).toBe(undefined);
      expect(await refusalOf(policyPod, ...as)).toBe(undefined);
      expect(await refusalOf(changed({ initContainers: [{ ...keep, name: 'init' }] }), ...as)).toBe(undefined);
    });

    test.each([
      ['another account', own, [], 'only the agents'],
      ['the node’s user namespace', changed({ hostUsers: true }), as, 'hostUsers must be false'],
      ['the node’s network', changed({ hostNetwork: true, hostUsers: undefined }), as, 'hostUsers must be false'],
      [
        'the node’s network with policies',
        { ...policyPod, spec: { ...policyPod.spec, hostNetwork: true } },
        as,
        'no namespaces of the host',
      ],
      [
        'a directory of the node',
        changed({ volumes: [...own.spec.volumes, { name: 'x', hostPath: { path: '/' } }] }),
        as,
        'only emptyDir',
      ],
      [
        'a secret as a volume',
        changed({ volumes: [...own.spec.volumes, { name: 'x', secret: { secretName: 's' } }] }),
        as,
        'only emptyDir',
      ],
      [
        'a secret as variables',
        changedStep({ envFrom: [{ secretRef: { name: 's' } }] }),
        as,
        'no variables from secrets',
      ],
      [
        'a secret as a variable',
        changedStep({ env: [{ name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
        as,
        'no variables from secrets',
      ],
      ['the token of an account', changed({ automountServiceAccountToken: true }), as, 'no service account'],
      [
        'an init container with another capability',
        changed({
          initContainers: [
            {
              ...keep,
              name: 'init',
              securityContext: { ...keep?.securityContext, capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } },
            },
          ],
        }),
        as,
        'containers drop ALL',
      ],
      ['a port of the node', changedStep({ ports: [{ containerPort: 80, hostPort: 80 }] }), as, 'no ports of the host'],
      ['a privileged container', confined({ privileged: true }), as, 'containers drop ALL'],
      [
        'another capability',
        confined({ capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } }),
        as,
        'containers drop ALL',
      ],
      ['no seccomp', confined({ seccompProfile: { type: 'Unconfined' } }), as, 'containers drop ALL'],
    ])('refuses %s', async (_, pod, how, words) => {
      expect(await refusalOf(pod, ...how)).toContain(words);
    });
  });

  test('network policies: a pod connects to nothing, and only agents connect to it', async () => {
    const { nodeIp, hostIp } = cluster.subnet;
    const dials = `for there in "${nodeIp} 6443" "${hostIp} 22"; do nc -w 1 $there </dev/null >/dev/null 2>&1 && echo "reached $there"; done; echo dialed; sleep 300`;
    const order = { ownNetwork: false, hidden: [], filter: false, command: ['sh', '-c', dials] };
    const printed = async (where: string, ...which: readonly string[]) =>
      cluster.kubectl(['-n', where, 'logs', ...which]).catch(() => '');
    const closed = proofPod({ name: 'closed', namespace, order });
    const check = async () => {
      const ofClosed = () => printed(namespace, 'closed', '-c', 'keep');
      expect(await becomesTrue(async () => (await ofClosed()).includes('dialed'), 120_000)).toBe(true);
      expect(await ofClosed()).not.toContain('reached');
      const ip = await cluster.kubectl(['-n', namespace, 'get', 'pod', 'closed', '-o', 'jsonpath={.status.podIP}']);
      // What `keep` of the proofs sends to everyone who connects.
      const ask = `nc -w 2 ${ip} 9443 </dev/null 2>/dev/null; echo asked`;
      for (const [name, app, expected] of [
        ['agent', 'exec-agent', /^\d+\nasked\n$/],
        ['stranger', 'another', /^asked\n$/],
      ] as const) {
        const container = {
          name: 'c',
          image: 'docker.io/library/alpine:latest',
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', ask],
        };
        const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [container] };
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: agents, labels: { app } }, spec };
        await withObject(cluster, pod, async () => {
          expect(await becomesTrue(async () => (await printed(agents, name)).includes('asked'), 120_000)).toBe(true);
          expect(await printed(agents, name)).toMatch(expected);
        });
      }
    };
    await withObject(cluster, closed, check, [`--as=${account}`]);
  });
});
