import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createRedisClient } from '../../src/client/index.ts';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { startRedis } from '../parts/stores/redis.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { withObject } from './cluster/with-object.ts';
import { loadWholeImage, programs } from './load-whole-image.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const root = new URL('../../', import.meta.url);
const deploy = (name: string) => fileURLToPath(new URL(`deploy/kubernetes/${name}`, root));
const agents = 'exec-agent';
const image = 'localhost/exec-agent:whole';
// That containerd of the node speaks plain HTTP to.
const registryPort = 5000;
let registry: Registry;
let shell = '';

beforeAll(async () => {
  registry = await startRegistry({ address: `${cluster.subnet.hostIp}:${registryPort}` });
  shell = await makeBusyboxImage({ name: 'shell', config: { Cmd: ['/bin/sh'] } }, async (archive, reference) => {
    const name = `${registry.address}/${reference}`;
    await runCommand('skopeo', 'copy', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${name}`);
  });
  await loadWholeImage(cluster, { name: image, registries: { [registry.address]: { insecure: true } } });
  await cluster.kubectl(['apply', '-f', deploy('access.yaml')]);
  const key = `--from-literal=EXEC_KUBE_KEY=${Buffer.alloc(32, 7).toString('base64')}`;
  await cluster.kubectl(['-n', agents, 'create', 'secret', 'generic', 'exec-agent', key]);
  const settings = (await readDocuments()).filter((document) => settingsSchema.safeParse(document).success);
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: settings }));
});

afterAll(async () => {
  await cluster.kubectl(['delete', '-f', deploy('access.yaml'), '--ignore-not-found']);
  await registry.stop();
});

const settingsSchema = z.looseObject({ kind: z.literal('ConfigMap') });
const variable = z.object({ name: z.string(), value: z.string() });
const container = z.looseObject({ image: z.string(), args: z.array(z.string()), env: z.array(variable) });
const deploymentSchema = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        initContainers: z.array(z.looseObject({ image: z.string() })),
        containers: z.array(container).length(1),
      }),
    }),
  }),
});

async function readDocuments(): Promise<readonly unknown[]> {
  return parseAllDocuments(await readFile(deploy('agent.yaml'), 'utf8')).map((document) => document.toJS());
}

async function readDeployment() {
  const found = (await readDocuments()).find((document) => deploymentSchema.safeParse(document).success);
  return deploymentSchema.parse(found);
}

type Template = Awaited<ReturnType<typeof readDeployment>>['spec']['template'];
type Container = Template['spec']['containers'][number];

/**
 * The same with the image of the test, where the node of the tests has no kube-proxy and no DNS.
 * @param change what else the agent gets
 */
function onThisNode({ metadata, spec }: Template, change: (container: Container) => object) {
  const own = { image, imagePullPolicy: 'IfNotPresent' };
  return {
    metadata,
    spec: {
      ...spec,
      initContainers: spec.initContainers.map((each) => ({ ...each, ...own })),
      containers: spec.containers.map((each) => ({ ...change(each), ...own })),
    },
  };
}

function variablesOnThisNode({ env }: Container, given: Readonly<Record<string, string>>) {
  const all = { EXEC_KUBE_IMAGE: image, ...given };
  return [
    ...env.filter(({ name }) => !(name in all)),
    ...Object.entries({
      ...all,
      EXEC_REGISTRIES_FILE: '/etc/registries.yaml',
      KUBERNETES_SERVICE_HOST: cluster.subnet.nodeIp,
      KUBERNETES_SERVICE_PORT: '6443',
    }).map(([name, value]) => ({ name, value })),
  ];
}

/** Runs one command of the agent in a pod as agent.yaml has it, and returns what it printed. */
async function runInAgent(name: string, args: readonly string[]): Promise<{ phase: string; printed: string }> {
  const { template } = (await readDeployment()).spec;
  const { metadata, spec } = onThisNode(template, ({ readinessProbe: _, ...rest }) => {
    return { ...rest, args, env: variablesOnThisNode(rest, {}) };
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace: agents },
    spec: { ...spec, restartPolicy: 'Never' },
  };
  return withObject(cluster, pod, async () => {
    let phase = '';
    const hasEnded = async () => {
      phase = await cluster.kubectl(['-n', agents, 'get', 'pod', name, '-o', 'jsonpath={.status.phase}']);
      return ['Succeeded', 'Failed'].includes(phase);
    };
    await becomesTrue(hasEnded, 240_000);
    return { phase, printed: await cluster.kubectl(['-n', agents, 'logs', name]) };
  });
}

test('an agent of agent.yaml runs a command in a pod of its own', async () => {
  const { phase, printed } = await runInAgent('runner', ['run', `${registry.address}/${shell}`, '--', 'echo', 'hello']);
  expect(printed).toContain('hello\n');
  expect(phase, printed).toBe('Succeeded');
});

test('doctor in an agent of agent.yaml finds the cluster as it must be', async () => {
  const { printed } = await runInAgent('doctor', ['doctor']);
  for (const name of ['API', 'namespace', 'permissions', 'isolation'])
    expect(printed).toMatch(new RegExp(`✓ +${name}`));
});

test('the Deployment of agent.yaml becomes ready, answers over Redis and runs the command of the documentation', async () => {
  const { hostIp } = cluster.subnet;
  const redis = await startRedis({ extraArgs: ['--bind', '127.0.0.1', hostIp, '--protected-mode', 'no'] });
  const inAgents = (...args: readonly string[]) => cluster.kubectl(['-n', agents, ...args]);
  const client = await createRedisClient({ url: redis.url }).catch(async (error: unknown) => {
    await redis.stop();
    throw error;
  });
  try {
    const { spec, ...deployment } = await readDeployment();
    const given = { REDIS_URL: `redis://${hostIp}:${redis.port}` };
    const template = onThisNode(spec.template, (each) => ({ ...each, env: variablesOnThisNode(each, given) }));
    await cluster.kubectl(['create', '-f', '-'], JSON.stringify({ ...deployment, spec: { ...spec, template } }));
    await inAgents('rollout', 'status', 'deployment/exec-agent', '--timeout=240s');
    const command = ['echo', 'hello'];
    const container = { image: `${registry.address}/${shell}`, command };
    const response = await client.run({ container, input: {}, output: {} });
    expect(response).toMatchObject({ success: true, result: { output: 'hello\n' } });
    const run = ['node', `${programs}/dist/cli/main.js`, 'run', container.image, '--', ...command];
    expect(await inAgents('exec', 'deployment/exec-agent', '--container=agent', '--', ...run)).toContain('hello\n');
  } finally {
    await client.close();
    await inAgents('delete', 'deployment', 'exec-agent', '--ignore-not-found', '--cascade=foreground');
    await redis.stop();
  }
});
