import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { type ApiClient, createApiClient } from '../../src/runtimes/kubernetes/api/api-client.ts';
import { namespaces, pods } from '../../src/runtimes/kubernetes/api/api-resource.ts';
import { fixedCredential } from '../../src/runtimes/kubernetes/api/credentials/fixed-credential.ts';
import { loadKubeconfig } from '../../src/runtimes/kubernetes/api/credentials/load-kubeconfig.ts';
import { explainApiError } from '../../src/runtimes/kubernetes/api/explain-api-error.ts';
import { followResource } from '../../src/runtimes/kubernetes/api/watch/follow-resource.ts';
import { listAll } from '../../src/runtimes/kubernetes/api/watch/list-all.ts';
import { watchOnce } from '../../src/runtimes/kubernetes/api/watch/watch-once.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { becomesTrue } from '../parts/poll.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { stepImage } from './proofs/proof-pod.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const limits = { connectTimeoutMs: 5_000, callTimeoutMs: 20_000, answerBytes: 16_000_000, idleConnections: 4 };
const { signal } = new AbortController();
const namespace = 'api-client';
const place = { resource: pods, namespace };
const schema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() }),
  status: z.object({ phase: z.string().optional() }).optional(),
});
/** An object of a dry run has no version. */
const dryRunSchema = z.object({ kind: z.literal('Pod') });
const following = {
  query: {},
  schema,
  limits: { watchMs: 240_000, idleMs: 150_000, eventBytes: 4_000_000 },
  pageItems: 2,
};
const clients: ApiClient[] = [];
let admin: ApiClient;
let agent: ApiClient;

function clientWith(access: Parameters<typeof createApiClient>[0]): ApiClient {
  const client = createApiClient(access, limits);
  clients.push(client);
  return client;
}

async function accountClient(name: string): Promise<ApiClient> {
  const token = (await cluster.kubectl(['-n', namespace, 'create', 'token', name])).trim();
  return clientWith({
    server: new URL(cluster.apiUrl),
    ca: await readFile(cluster.caFile, 'utf8'),
    insecure: false,
    namespace,
    credentials: fixedCredential({ token }, 'the token of the test'),
    origin: `the account "${name}"`,
  });
}

function pod(name: string, command = ['sleep', '300']) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', image: stepImage, imagePullPolicy: 'IfNotPresent', command }],
    },
  };
}

async function errorOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error,
  );
}

beforeAll(async () => {
  const environment = process.env;
  const access = await loadKubeconfig({
    path: cluster.kubeconfig,
    environment,
    pluginTimeoutMs: 10_000,
    clock: systemClock,
  });
  admin = clientWith(access);
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl(['-n', namespace, 'create', 'serviceaccount', 'agent']);
  await cluster.kubectl([
    '-n',
    namespace,
    'create',
    'role',
    'agent',
    '--verb=create,get,list,watch,delete',
    '--resource=pods',
  ]);
  await cluster.kubectl([
    '-n',
    namespace,
    'create',
    'rolebinding',
    'agent',
    '--role=agent',
    `--serviceaccount=${namespace}:agent`,
  ]);
  agent = await accountClient('agent');
});

afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.kubectl(['delete', 'namespace', namespace]);
});

describe('API client on a cluster', () => {
  test('creates, reads, patches and deletes an object with preconditions', async () => {
    const made = await admin.create(place, pod('one'), schema, { signal });
    expect(await admin.get(place, 'one', schema, signal)).toMatchObject({ metadata: { uid: made.metadata.uid } });
    const patched = await admin.patch(place, 'one', { metadata: { labels: { a: 'b' } } }, schema, signal);
    const { uid } = made.metadata;
    const { resourceVersion } = made.metadata;
    expect(await errorOf(admin.delete(place, 'one', { uid, resourceVersion }, signal))).toMatchObject({
      reason: 'Conflict',
    });
    expect(await errorOf(admin.delete(place, 'one', { uid: 'another' }, signal))).toMatchObject({ reason: 'Conflict' });
    expect(patched.metadata.uid).toBe(uid);
    expect(await admin.delete(place, 'one', { uid, graceSeconds: 0 }, signal)).toBe(true);
  });

  test('tells a name in use, a missing object and a missing namespace apart', async () => {
    await admin.create(place, pod('twice'), schema, { signal });
    expect(await errorOf(admin.create(place, pod('twice'), schema, { signal }))).toMatchObject({
      reason: 'AlreadyExists',
    });
    expect(await admin.get(place, 'nowhere', schema, signal)).toBe(undefined);
    const elsewhere = { resource: pods, namespace: 'nowhere' };
    const lost = { ...pod('lost'), metadata: { name: 'lost', namespace: 'nowhere' } };
    const error = await errorOf(admin.create(elsewhere, lost, schema, { signal }));
    expect(explainApiError(error, admin.access).message).toContain('Create the namespace "nowhere"');
    await admin.delete(place, 'twice', { graceSeconds: 0 }, signal);
  });

  test('stores nothing in a dry run', async () => {
    await admin.create(place, pod('dry'), dryRunSchema, { dryRun: true, signal });
    expect(await admin.get(place, 'dry', schema, signal)).toBe(undefined);
  });

  test('names the verb and the resource that a role lacks', async () => {
    const patch = agent.patch(place, 'x', { metadata: { labels: { a: 'b' } } }, schema, signal);
    const error = explainApiError(await errorOf(patch), agent.access);
    expect(error.message).toContain(`a Role in the namespace "${namespace}" with the verb "patch" for "pods"`);
    const read = agent.get({ resource: namespaces }, namespace, schema, signal);
    expect(explainApiError(await errorOf(read), agent.access).message).toContain(
      'a ClusterRole with the verb "get" for "namespaces"',
    );
  });

  test('repeats what a quota says, and does not blame the role', async () => {
    await cluster.kubectl(['-n', namespace, 'create', 'quota', 'few', '--hard=pods=0']);
    // The API server learns of a quota a moment later, and counts for it after that.
    let error: unknown;
    const isRefused = async () => {
      error = await agent
        .create(place, pod('much'), dryRunSchema, { dryRun: true, signal })
        .catch((thrown: unknown) => thrown);
      return error instanceof Error && !error.message.includes('status unknown for quota');
    };
    try {
      expect(await becomesTrue(isRefused, 20_000)).toBe(true);
      const { message } = explainApiError(error, agent.access);
      expect(message).toContain('exceeded quota: few');
      expect(message).not.toContain('Role');
    } finally {
      await cluster.kubectl(['-n', namespace, 'delete', 'quota', 'few']);
    }
  });

  test('says to renew a token that was revoked', async () => {
    await cluster.kubectl(['-n', namespace, 'create', 'serviceaccount', 'leaver']);
    const leaver = await accountClient('leaver');
    await cluster.kubectl(['-n', namespace, 'delete', 'serviceaccount', 'leaver']);
    const error = await errorOf(leaver.list(place, {}, schema, signal));
    expect(error).toMatchObject({ status: 401 });
    expect(explainApiError(error, leaver.access).message).toContain('missing, expired or revoked. Renew it.');
  });

  test('refuses an API server whose certificate it does not know, for good', async () => {
    const { ca: _, ...access } = agent.access;
    const stranger = clientWith(access);
    const error = await errorOf(stranger.get(place, 'x', schema, signal));
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('certificate-authority-data'),
    });
    expect(error).not.toMatchObject({ context: { runtimeAway: true } });
  });

  test('lists in pages and watches from there', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await admin.create(place, pod(name), schema, { signal });
    const { items, resourceVersion } = await listAll(agent, { ...following, place, signal });
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    await admin.delete(place, 'c', { graceSeconds: 0 }, signal);
    for await (const { kind, item } of watchOnce(agent, resourceVersion, { ...following, place, signal }))
      if (kind === 'deleted') {
        expect(item?.metadata.name).toBe('c');
        break;
      }
  });

  test('follows pods through a restart of the API server', async () => {
    const ending = new AbortController();
    const troubles: unknown[] = [];
    const seen = new Map<string, string | undefined>();
    const changes = followResource(agent, {
      ...following,
      place,
      signal: ending.signal,
      backoffMs: 100,
      backoffMaxMs: 1_000,
      onTrouble: (error) => troubles.push(error),
    });
    let restarted: Promise<void> | undefined;
    const restart = async () => {
      await cluster.stopPart('kube-apiserver');
      await cluster.startPart('kube-apiserver');
      const isMade = async () => {
        await admin.create(place, pod('after', ['true']), schema, { signal }).catch(() => undefined);
        return (await admin.get(place, 'after', schema, signal).catch(() => undefined)) !== undefined;
      };
      expect(await becomesTrue(isMade, 60_000)).toBe(true);
    };
    for await (const change of changes) {
      restarted ??= restart().catch((error: unknown) => ending.abort(error));
      const items = change.kind === 'listed' ? change.items : [change.item];
      for (const { metadata, status } of items) seen.set(metadata.name, status?.phase);
      if (seen.get('after') === 'Succeeded') break;
    }
    await restarted;
    ending.signal.throwIfAborted();
    ending.abort();
    expect(troubles.length).toBeGreaterThan(0);
  });
});
