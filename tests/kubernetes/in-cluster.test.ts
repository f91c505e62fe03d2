import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { architectureOfNode, readProgram } from '../../src/runtimes/freestanding/read-program.ts';
import { writeImageArchive } from '../parts/images/image-archive.ts';
import { makeBusyboxImage } from '../parts/images/make-busybox-image.ts';
import { type Registry, startRegistry } from '../parts/images/registry.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { makeNodeTree } from './make-node-tree.ts';

const cluster = await openCluster(inject('clusterDirectory'));
const root = new URL('../../', import.meta.url);
const deploy = (name: string) => fileURLToPath(new URL(`deploy/kubernetes/${name}`, root));
const agents = 'exec-agent';
const image = 'localhost/exec-agent:whole';
// That containerd of the node speaks plain HTTP to.
const registryPort = 5000;
const programs = '/opt/exec-agent';
let registry: Registry;
let shell = '';

/** The image that the Dockerfile describes, from what is installed here. */
async function makeImage(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-image-'));
  try {
    const tree = join(directory, 'tree');
    await mkdir(tree);
    await makeNodeTree(tree);
    await cp(fileURLToPath(new URL('dist', root)), join(tree, programs, 'dist'), { recursive: true });
    for (const name of ['package.json', 'schema'])
      await cp(fileURLToPath(new URL(name, root)), join(tree, programs, name), { recursive: true });
    const hold = await readProgram('keeper/hold/program/hold', architectureOfNode[process.arch] ?? 'amd64');
    await writeFile(join(tree, 'hold'), hold, { mode: 0o755 });
    await writeFile(join(tree, 'etc/registries.yaml'), `${registry.address}: { insecure: true }\n`);
    const config = {
      Entrypoint: ['/bin/node', `${programs}/dist/cli/main.js`],
      Env: ['LD_LIBRARY_PATH=/lib', 'PATH=/bin', 'NODE_ENV=production'],
    };
    const archive = join(directory, 'image.tar');
    await writeImageArchive(archive, { name: image, tree, command: ['serve'], labels: {}, config });
    await cluster.loadImage(archive);
  } finally {
    await rm(directory, { recursive: true });
  }
}

beforeAll(async () => {
  registry = await startRegistry({ address: `${cluster.subnet.hostIp}:${registryPort}` });
  shell = await makeBusyboxImage({ name: 'shell', config: { Cmd: ['/bin/sh'] } }, async (archive, reference) => {
    const name = `${registry.address}/${reference}`;
    await runCommand('skopeo', 'copy', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${name}`);
  });
  await makeImage();
  await cluster.kubectl(['apply', '-f', deploy('access.yaml')]);
  const key = `--from-literal=EXEC_KUBE_KEY=${Buffer.alloc(32, 7).toString('base64')}`;
  await cluster.kubectl(['-n', agents, 'create', 'secret', 'generic', 'exec-agent', key]);
});

afterAll(async () => {
  await cluster.kubectl(['delete', '-f', deploy('access.yaml'), '--ignore-not-found']);
  await registry.stop();
});

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

async function readDeployment() {
  const documents = parseAllDocuments(await readFile(deploy('agent.yaml'), 'utf8'));
  return deploymentSchema.parse(documents[0]?.toJS());
}

/** The same with the image of the test, where the node of the tests has no kube-proxy and no DNS. */
function onThisNode({ env, ...rest }: z.infer<typeof container>) {
  return {
    ...rest,
    image,
    imagePullPolicy: 'IfNotPresent',
    env: [
      ...env.map((each) => (each.name === 'EXEC_KUBE_IMAGE' ? { ...each, value: image } : each)),
      { name: 'EXEC_REGISTRIES_FILE', value: '/etc/registries.yaml' },
      { name: 'KUBERNETES_SERVICE_HOST', value: cluster.subnet.nodeIp },
      { name: 'KUBERNETES_SERVICE_PORT', value: '6443' },
    ],
  };
}

/** Runs one command of the agent in a pod as agent.yaml has it, and returns what it printed. */
async function runInAgent(name: string, args: readonly string[]): Promise<{ phase: string; printed: string }> {
  const { metadata, spec } = (await readDeployment()).spec.template;
  const initContainers = spec.initContainers.map((each) => ({ ...each, image, imagePullPolicy: 'IfNotPresent' }));
  const containers = spec.containers.map(({ readinessProbe: _, ...rest }) => ({ ...onThisNode(rest), args }));
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace: agents },
    spec: { ...spec, restartPolicy: 'Never', initContainers, containers },
  };
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(pod));
  let phase = '';
  const hasEnded = async () => {
    phase = await cluster.kubectl(['-n', agents, 'get', 'pod', name, '-o', 'jsonpath={.status.phase}']);
    return ['Succeeded', 'Failed'].includes(phase);
  };
  await becomesTrue(hasEnded, 240_000);
  return { phase, printed: await cluster.kubectl(['-n', agents, 'logs', name]) };
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
