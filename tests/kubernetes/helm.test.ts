import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { becomesTrue } from '../parts/poll.ts';
import { type RedisServer, startRedis } from '../parts/stores/redis.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { addFigures } from './figures.ts';
import { countRuns, type RunCounter } from './helm/count-runs.ts';
import { chart, type Helm, openHelm } from './helm/open-helm.ts';
import { findOperatorDefinitions } from './helm/operator-definitions.ts';
import { renderManifests } from './helm/render-manifests.ts';
import { acceptedValues, refusedValues, valueSets } from './helm/value-sets.ts';
import { loadWholeImage, programs } from './load-whole-image.ts';
import { type NodeRegistry, openNodeRegistry } from './runtime/open-registry.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const { hostIp, nodeIp } = cluster.subnet;
const namespace = 'helm-agents';
const release = 'exec-agent';
const podsNamespace = 'exec-agent-pods';
const timeout = '--timeout=240s';
const executions = 30;
const runSeconds = 4;
let helm: Helm;
let redis: RedisServer;
let registry: NodeRegistry;
let counter: RunCounter;
let shell = '';

beforeAll(async () => {
  helm = await openHelm(cluster.kubeconfig);
  registry = await openNodeRegistry(cluster);
  redis = await startRedis({ extraArgs: ['--bind', '127.0.0.1', hostIp, '--protected-mode', 'no'] });
  counter = await countRuns(redis.url);
  shell = await makeBusyboxImage({ name: 'shell', config: { Cmd: ['/bin/sh'] } }, registry.publish);
  await loadWholeImage(cluster, { name: 'localhost/exec-agent:whole', registries: {} });
  for (const file of await findOperatorDefinitions()) await cluster.kubectl(['create', '-f', file]);
  await cluster.kubectl(['create', 'namespace', namespace]);
  const url = `--from-literal=REDIS_URL=redis://${hostIp}:${redis.port}`;
  await cluster.kubectl(['-n', namespace, 'create', 'secret', 'generic', 'queue', url]);
});

afterAll(async () => {
  await helm.run(['uninstall', release, '-n', namespace, '--ignore-not-found', '--wait', timeout]);
  await cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
  for (const file of await findOperatorDefinitions())
    await cluster.kubectl(['delete', '-f', file, '--ignore-not-found']);
  await counter.close();
  await redis.stop();
  await registry.stop();
  await helm.close();
});

const itemSchema = z.object({ metadata: z.object({ name: z.string(), namespace: z.string().optional() }) });

/** Names of objects, with their namespaces where they have one. */
async function namesOf(...args: readonly string[]): Promise<readonly string[]> {
  const text = await cluster.kubectl(['get', ...args, '-o', 'json']);
  const { items } = z.object({ items: z.array(itemSchema) }).parse(JSON.parse(text));
  return items.map(({ metadata }) => [metadata.namespace ?? '', metadata.name].join('/')).sort();
}

const agentPods = () =>
  namesOf('pods', '-n', namespace, '-l', `app=${release}`, '--field-selector=status.phase=Running');

/** Names of the two agents, once those that they replace have ended. */
async function twoAgents(): Promise<readonly string[]> {
  expect(await becomesTrue(async () => (await agentPods()).length === 2, 240_000)).toBe(true);
  return agentPods();
}

const sliceSchema = z.object({
  items: z.array(
    z.object({
      endpoints: z
        .array(z.object({ addresses: z.array(z.string()), conditions: z.object({ ready: z.boolean() }) }))
        .nullish(),
    }),
  ),
});

/** The addresses that the Service sends callers to. */
async function addressesOfService(): Promise<readonly string[]> {
  const selector = `kubernetes.io/service-name=${release}`;
  const text = await cluster.kubectl(['-n', namespace, 'get', 'endpointslices', '-l', selector, '-o', 'json']);
  const endpoints = sliceSchema.parse(JSON.parse(text)).items.flatMap((item) => item.endpoints ?? []);
  return endpoints.filter(({ conditions }) => conditions.ready).flatMap(({ addresses }) => addresses);
}

/** The node of the tests has no kube-proxy and no DNS. */
function values(more: object = {}): object {
  return {
    image: { repository: 'localhost/exec-agent', tag: 'whole' },
    existingSecret: 'queue',
    // No execution of these tests has objects.
    settings: { MINIO_ENDPOINT: `http://${hostIp}:9`, EXEC_CONCURRENCY: 4, EXEC_KUBE_CPU_OVERCOMMIT: 20 },
    policy: { images: { allow: [`${registry.address}/**`] } },
    registries: { [registry.address]: { insecure: true } },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '1Gi' } },
    extraEnv: [
      { name: 'KUBERNETES_SERVICE_HOST', value: nodeIp },
      { name: 'KUBERNETES_SERVICE_PORT', value: '6443' },
    ],
    test: { image: `${registry.address}/${shell}` },
    ...more,
  };
}

const inAgent = (...args: readonly string[]) =>
  cluster.kubectl([
    '-n',
    namespace,
    'exec',
    `deployment/${release}`,
    '-c',
    'agent',
    '--',
    'node',
    `${programs}/dist/cli/main.js`,
    ...args,
  ]);

describe('the chart without a cluster', () => {
  test('helm lint finds nothing', async () => {
    expect(await helm.run(['lint', '--strict', chart], acceptedValues)).toContain('0 chart(s) failed');
  });

  test.each(refusedValues)('values: %s is refused by its name', async (_, given, words) => {
    await expect(helm.run(['template', release, chart], merge(acceptedValues, given))).rejects.toThrow(words);
  });

  test('names: those that YAML would read as a number, null or a truth value stay texts everywhere', async () => {
    // Plain names by what the others replace them with.
    const names = { 'plain-release': '1e3', 'plain-namespace': '2e3', 'plain-pods': 'null', 'plain-account': 'yes' };
    const render = async ([name = '', own = '', pods, account]: readonly string[]) => {
      const given = merge(valueSets['everything that is optional'] ?? {}, {
        ...{ createNamespace: true, key: { create: false }, test: { timeout: 60 } },
        ...{ pods: { namespace: pods }, serviceAccount: { name: account } },
      });
      const text = await helm.run(['template', name, chart, '-n', own], given);
      // Kubernetes reads YAML as its version 1.1 says.
      return JSON.stringify(parseAllDocuments(text, { version: '1.1' }).map((each) => each.toJS()));
    };
    let expected = await render(Object.keys(names));
    for (const [plain, other] of Object.entries(names)) expected = expected.replaceAll(plain, other);
    expect(JSON.parse(await render(Object.values(names)))).toEqual(JSON.parse(expected));
  });

  test('deploy/kubernetes is what it renders', async () => {
    for (const { path, text } of await renderManifests(helm))
      expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'), path).toBe(text);
  });
});

const group = z.record(z.string(), z.unknown());

function merge(base: object, more: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(more)) {
    const [below, above] = [group.safeParse(merged[name]).data, group.safeParse(value).data];
    merged[name] = below === undefined || above === undefined ? value : merge(below, above);
  }
  return merged;
}

describe('a release', () => {
  test('install: two agents become ready, and helm test runs an execution through them', async () => {
    await helm.run(['install', release, chart, '-n', namespace, '--wait', timeout], values());
    expect(await agentPods()).toHaveLength(2);
    expect(await namesOf('poddisruptionbudgets', '-n', namespace)).toEqual([`${namespace}/${release}`]);
    await helm.run(['test', release, '-n', namespace, timeout]);
    expect(await namesOf('pods', '-n', namespace)).toHaveLength(2);
    const found = await inAgent('doctor').catch(String);
    for (const name of ['API', 'namespace', 'permissions', 'isolation'])
      expect(found).toMatch(new RegExp(`✓ +${name}`));
  });

  test.each(Object.entries(valueSets))('values: the API server accepts what is rendered for %s', async (_, given) => {
    const rendered = await helm.run(
      ['template', 'other', chart, '-n', namespace],
      merge(given, { pods: { namespace: podsNamespace } }),
    );
    const applied = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], rendered);
    expect(applied.split('\n').filter((line) => line !== '')).toHaveLength(rendered.match(/^kind: /gm)?.length ?? 0);
  });

  test('upgrade: replaces all agents while executions run, none of which is lost or run twice', async () => {
    const before = await twoAgents();
    // An agent that other hosts can reach needs one.
    await inAgent('token', 'create');
    const image = `${registry.address}/${shell}`;
    const ids: string[] = [];
    for (let sent = 0; sent < executions / 2; sent += 1) ids.push(await counter.send(image, runSeconds));
    expect(await becomesTrue(() => counter.begun() > 0, 240_000)).toBe(true);
    const upgrade = helm.run(
      ['upgrade', release, chart, '-n', namespace, '--wait', timeout],
      values({ http: { exposed: true }, podLabels: { generation: 'second' } }),
    );
    for (let sent = ids.length; sent < executions; sent += 1) ids.push(await counter.send(image, runSeconds));
    const [responses] = await Promise.all([counter.responses(ids), upgrade]);
    const after = await twoAgents();
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    const runs = responses.map((response) => counter.runsOf(response));
    await addFigures({
      lost: responses.filter(({ success }) => !success).length,
      double_runs: runs.filter((count) => count > 1).length,
    });
    expect(responses.map(({ success, error_code }) => ({ success, error_code }))).toEqual(
      ids.map(() => ({ success: true, error_code: undefined })),
    );
    expect(runs).toEqual(ids.map(() => 1));
    expect(responses).toHaveLength(executions);
  });

  test('http.exposed: agents answer at the addresses of the Service, and only to callers with a token', async () => {
    expect(await becomesTrue(async () => (await addressesOfService()).length === 2, 240_000)).toBe(true);
    for (const ip of await addressesOfService()) {
      expect((await fetch(`http://${ip}:8082/readyz`)).status).toBe(200);
      expect((await fetch(`http://${ip}:8082/v1/executions`)).status).toBe(401);
    }
  });

  test('rollback: the settings of the first revision are in force again', async () => {
    await helm.run(['rollback', release, '1', '-n', namespace, '--wait', timeout]);
    expect(await namesOf('services', '-n', namespace)).toEqual([]);
    await twoAgents();
    await helm.run(['test', release, '-n', namespace, timeout]);
  });

  test('uninstall: leaves nothing but the namespace and the Secret that the operator made', async () => {
    await helm.run(['uninstall', release, '-n', namespace, '--wait', timeout]);
    for (const kind of ['deployments', 'pods', 'configmaps', 'services', 'poddisruptionbudgets', 'networkpolicies'])
      expect(await namesOf(kind, '-A', '-l', `app.kubernetes.io/instance=${release}`), kind).toEqual([]);
    for (const kind of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'roles', 'rolebindings'])
      expect(await namesOf(kind, '-A', '-l', 'app.kubernetes.io/name=exec-agent'), kind).toEqual([]);
    expect(await namesOf('secrets', '-n', namespace)).toEqual([`${namespace}/queue`]);
    expect(await namesOf('serviceaccounts', '-n', namespace)).toEqual([`${namespace}/default`]);
    expect(await namesOf('persistentvolumeclaims', '-A')).toEqual([]);
    const isGone = async () => !(await namesOf('namespaces')).includes(`/${podsNamespace}`);
    expect(await becomesTrue(isGone, 240_000)).toBe(true);
  });
});
