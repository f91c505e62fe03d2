import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { shell } from '../agent/open-test-agent.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { type ClusterAgents, openClusterAgents } from './runtime/open-agents.ts';
import { openRefusingWebhook } from './runtime/open-webhook.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const namespace = 'bad-input';
let agents: ClusterAgents;

beforeAll(async () => {
  agents = await openClusterAgents(cluster, namespace);
});

afterAll(() => agents?.close());

const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);

/** A kubeconfig file of a new account. @param verbs that it has for pods; it can read its namespace */
async function kubeconfigOf(account: string, verbs: readonly string[]): Promise<string> {
  await inNamespace('create', 'serviceaccount', account);
  await inNamespace('create', 'role', account, `--verb=${verbs.join(',')}`, '--resource=pods');
  await inNamespace('create', 'role', `${account}-home`, '--verb=get', '--resource=namespaces');
  for (const role of [account, `${account}-home`])
    await inNamespace('create', 'rolebinding', role, `--role=${role}`, `--serviceaccount=${namespace}:${account}`);
  const token = (await inNamespace('create', 'token', account)).trim();
  const path = join(agents.config.dataDir, `${account}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: cluster.apiUrl, 'certificate-authority': cluster.caFile } }],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: account } }],
    'current-context': 'c',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const allVerbs = ['create', 'get', 'list', 'watch', 'delete', 'patch'];

/** An agent answers the next request when the input is corrected. */
const goesOn = async () => expect(await agents.run(shell('echo ran'))).toMatchObject({ result: { output: 'ran\n' } });

describe('bad input', () => {
  test('an account that may not create pods is named with the verb', async () => {
    const kubeconfig = await kubeconfigOf('reader', ['get', 'list', 'watch', 'delete']);
    const agent = await agents.open({ kubeconfig });
    expect(await agents.run(shell('true'))).toMatchObject({
      error_code: 'RUNTIME_UNAVAILABLE',
      error: expect.stringContaining('with the verb "create" for "pods"'),
    });
    await inNamespace('delete', 'role', 'reader');
    await inNamespace('create', 'role', 'reader', `--verb=${allVerbs.join(',')}`, '--resource=pods');
    await goesOn();
    await agent.stop();
  });

  test('a token that is not valid any more is named with the fix', async () => {
    const kubeconfig = await kubeconfigOf('former', allVerbs);
    const agent = await agents.open({ kubeconfig });
    await goesOn();
    await inNamespace('delete', 'serviceaccount', 'former');
    const refused = async () => (await agents.run(shell('true'))).error;
    // The API server remembers for some seconds that a token is valid.
    await expect.poll(refused, { timeout: 120_000 }).toMatch(/expired or revoked\. Renew it/);
    await agent.stop();
    await expect(agents.open({ kubeconfig })).rejects.toMatchObject({
      message: expect.stringContaining('expired or revoked. Renew it'),
    });
  });

  test('a runtime class that does not exist is POLICY_DENIED and named, and used once it exists', async () => {
    const policyFile = join(agents.config.dataDir, 'policy.json');
    const container = { runtime: 'another', runtime_missing: 'refuse' };
    await writeFile(policyFile, JSON.stringify({ container }));
    const agent = await agents.open({ policyFile });
    expect(await agents.run(shell('true'))).toMatchObject({
      error_code: 'POLICY_DENIED',
      error: expect.stringMatching(/another.*not found/s),
    });
    const runtimeClass = {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'another' },
      handler: 'runc',
    };
    await cluster.kubectl(['create', '-f', '-'], JSON.stringify(runtimeClass));
    try {
      const { id, pod } = await agents.sendAndAwaitOutput(shell('echo ran; sleep 2'), 'ran');
      expect(await inNamespace('get', pod, '-o', 'jsonpath={.spec.runtimeClassName}')).toBe('another');
      expect(await agents.answerTo(id)).toMatchObject({ success: true });
    } finally {
      await cluster.kubectl(['delete', 'runtimeclass', 'another']);
    }
    await agent.stop();
  });

  test('what an admission policy of the cluster refuses is POLICY_DENIED, in its words', async () => {
    const name = 'bad-input';
    const labels = { 'kubernetes.io/metadata.name': namespace };
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: { namespaceSelector: { matchLabels: labels }, resourceRules: [rule] },
        validations: [{ expression: 'false', message: 'no pods on Sundays' }],
      },
    };
    const binding = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    };
    const items = [policy, binding];
    const agent = await agents.open();
    await cluster.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    try {
      const refused = async () => agents.run(shell('true'));
      // A policy works a moment after it was created.
      const expected = { error_code: 'POLICY_DENIED', error: expect.stringContaining('no pods on Sundays') };
      await expect.poll(refused, { timeout: 120_000 }).toMatchObject(expected);
    } finally {
      await cluster.kubectl(['delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', name]);
    }
    const ran = async () => (await agents.run(shell('echo ran'))).success;
    await expect.poll(ran, { timeout: 120_000 }).toBe(true);
    await agent.stop();
  });

  test('what an admission webhook refuses is POLICY_DENIED, in its words', async () => {
    const agent = await agents.open();
    const webhook = await openRefusingWebhook(cluster, namespace, 'no pods without a ticket');
    try {
      const refused = async () => agents.run(shell('true'));
      // The API server calls a webhook a moment after it was registered.
      const expected = { error_code: 'POLICY_DENIED', error: expect.stringContaining('no pods without a ticket') };
      await expect.poll(refused, { timeout: 120_000 }).toMatchObject(expected);
    } finally {
      await webhook.close();
    }
    const ran = async () => (await agents.run(shell('echo ran'))).success;
    await expect.poll(ran, { timeout: 120_000 }).toBe(true);
    await agent.stop();
  });

  test('a request that comes while the API server is away is run when that is back', async () => {
    const agent = await agents.open();
    await cluster.stopPart('kube-apiserver');
    await agents.publish({ ...shell('echo ran'), correlation_id: 'patient' });
    await expect
      .poll(async () => (await agents.redis.keys(`${agents.config.keyPrefix}*`)).length, { timeout: 60_000 })
      .toBeGreaterThan(0);
    await cluster.startPart('kube-apiserver');
    expect(await agents.answerTo('patient')).toMatchObject({ success: true, result: { output: 'ran\n' } });
    await agent.stop();
    await expect.poll(() => cluster.kubectl(['get', 'nodes']).catch(() => ''), { timeout: 60_000 }).toContain('Ready');
    expect(await agents.leftovers()).toEqual([]);
  });
});
