import { expect, test } from 'vitest';
import type { Volume } from '../../../wire/plan/plan.ts';
import { specOf } from '../../contract/bench.contract.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import { describeOrder } from './describe-order.ts';
import type { Isolation } from './isolation.ts';
import { identityOf } from './pod-names.ts';
import { podShape } from './pod-shape.ts';

const options: PodOptions = {
  namespace: 'jobs',
  keepImage: 'registry.example.com/exec-agent:1',
  pullSecrets: ['login'],
  nodeSelector: { pool: 'jobs' },
  isolation: 'own',
  canaries: [],
  tolerations: [],
  gpuResource: 'nvidia.com/gpu',
  cpuOvercommit: 2,
  orphanSeconds: 60,
  logBytes: 1000,
  outputBytes: 1000,
  layerBytes: 2000,
};
const digest = `sha256:${'a'.repeat(64)}`;
const secrets = [
  { name: 'KEY', as: 'variable', value: Buffer.from('not in the pod\n') },
  { name: 'file', as: 'file', value: Buffer.from('not in the pod') },
] as const;

function stepOf(more: Partial<StepSpec['step']> = {}): StepSpec {
  return {
    step: {
      image: { reference: 'alpine', pull: 'missing' },
      command: ['echo', 'not in the pod'],
      env: { WORD: 'not in the pod' },
      workingDir: '/workspace',
      readOnlyRoot: false,
      ignoreError: false,
      ...more,
    },
    image: { reference: 'alpine', digest, config: { arch: 'amd64', env: ['PATH=/bin', 'WORD=image'], user: 'app' } },
    secrets,
  };
}

function shapeOf(spec: SandboxSpec, steps = [stepOf(), stepOf({ readOnlyRoot: true })]) {
  return podShape({
    identity: identityOf(spec),
    spec,
    steps,
    podKey: Buffer.alloc(32),
    nonce: 'n',
    restartsKeep: true,
    options,
  });
}

const orderSpec = (isolation: Isolation = 'own') => ({ ...specOf(), isolation });

const database = { passwd: 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n', group: '' };

test('podShape: says nothing of commands, variables and secrets', () => {
  expect(JSON.stringify(shapeOf(specOf()))).not.toContain('not in the pod');
});

test('podShape: each step has its image by digest and waits for keep; only the first reserves something', () => {
  const { spec } = shapeOf(specOf({ resources: { gpus: 2, cpus: 1 } }));
  const [keep, first, second] = spec.containers;
  expect(keep).toMatchObject({ name: 'keep', image: options.keepImage, args: ['keep'] });
  expect(first).toMatchObject({
    image: `docker.io/library/alpine@${digest}`,
    command: ['/.exec-agent/hold', '/.exec-agent-line', 'step-0'],
    resources: {
      limits: { cpu: '1000m', 'ephemeral-storage': '2000', 'nvidia.com/gpu': '2' },
      requests: { cpu: '500m' },
    },
    securityContext: { readOnlyRootFilesystem: false },
  });
  expect(second).toMatchObject({
    resources: { requests: { cpu: '0', memory: '0' } },
    securityContext: { readOnlyRootFilesystem: true },
  });
});

test('podShape: /dev/shm has the size that was asked for, in memory', () => {
  const { spec } = shapeOf(specOf({ resources: { shmBytes: 5000 } }), [stepOf()]);
  expect(spec.volumes).toContainEqual({ name: 'shm-0', emptyDir: { medium: 'Memory', sizeLimit: '5000' } });
  expect(spec.containers[1]?.volumeMounts).toContainEqual({ name: 'shm-0', mountPath: '/dev/shm' });
});

test('order: an argument or a variable that Linux does not take is START_FAILED with the limit', async () => {
  const long = 'x'.repeat(131_072);
  const refused = { code: 'START_FAILED', message: expect.stringContaining('131071') };
  for (const more of [{ command: ['echo', long] }, { env: { LONG: long } }])
    await expect(describeOrder(stepOf(more), orderSpec(), database)).rejects.toMatchObject(refused);
});

test('podShape: has no account, no network of the node, and a user namespace of its own', () => {
  const { spec } = shapeOf(specOf());
  expect(spec).toMatchObject({
    hostUsers: false,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    nodeSelector: { 'kubernetes.io/arch': 'amd64', pool: 'jobs' },
    imagePullSecrets: [{ name: 'login' }],
  });
  for (const { securityContext } of spec.containers)
    expect(securityContext).toMatchObject({
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'] },
    });
});

test('describeOrder: the command has its user, the capabilities of the policy, and no others', async () => {
  const order = await describeOrder(stepOf(), orderSpec(), database);
  expect(order).toMatchObject({
    ownNetwork: true,
    filter: true,
    noNewPrivileges: true,
    user: { uid: 1000, gid: 1001, capabilities: [0, 1, 3, 5, 6, 7] },
    command: ['echo', 'not in the pod'],
  });
  expect(order.variables).toEqual([
    'PATH=/bin',
    'HOSTNAME=container',
    'HOME=/home/app',
    'WORD=not in the pod',
    'KEY=not in the pod',
  ]);
});

test('describeOrder: runs in the directory of the request, else in that of the image, else in /', async () => {
  const directoryOf = async (asked: string | undefined, ofImage: string | undefined) => {
    const { step, image } = stepOf();
    const { workingDir: _, ...rest } = step;
    const config = { arch: 'amd64', ...(ofImage === undefined ? {} : { workingDir: ofImage }) };
    const spec = { step: asked === undefined ? rest : { ...rest, workingDir: asked }, image: { ...image, config } };
    return (await describeOrder(spec, orderSpec(), database)).directory;
  };
  expect(await directoryOf('/asked', '/srv')).toBe('/asked');
  expect(await directoryOf(undefined, '/srv')).toBe('/srv');
  expect(await directoryOf(undefined, 'srv/app')).toBe('/srv/app');
  expect(await directoryOf(undefined, '')).toBe('/');
  expect(await directoryOf(undefined, undefined)).toBe('/');
});

test('describeOrder: a user that the image does not know is START_FAILED', async () => {
  await expect(describeOrder(stepOf({ user: 'nobody' }), orderSpec(), database)).rejects.toMatchObject({
    code: 'START_FAILED',
  });
});

test('podShape: single files of a volume are mounted where a first container has made them', () => {
  const volumes: readonly Volume[] = [{ path: '/etc', access: 'read-only', files: ['a.conf', 'b'] }];
  const { spec } = shapeOf(specOf({ volumes }));
  expect(spec).toMatchObject({
    initContainers: [
      {
        image: options.keepImage,
        command: ['/hold', '--make', '/volumes/files-0/a.conf', '/volumes/files-0/b'],
        securityContext: { capabilities: { add: [] }, runAsUser: 0 },
      },
    ],
  });
  const mounts = spec.containers[1]?.volumeMounts;
  expect(mounts).toContainEqual({ name: 'files-0', mountPath: '/etc/a.conf', subPath: 'a.conf', readOnly: true });
  expect(mounts).not.toContainEqual(expect.objectContaining({ mountPath: '/etc' }));
  expect(shapeOf(specOf()).spec).not.toHaveProperty('initContainers');
});

test('podShape: the name of a single file is no variable of Kubernetes', () => {
  const volumes: readonly Volume[] = [{ path: '/etc', access: 'read-only', files: ['$(HOSTNAME).$$x'] }];
  const { spec } = shapeOf(specOf({ volumes }));
  expect(spec).toMatchObject({
    initContainers: [{ command: ['/hold', '--make', '/volumes/files-0/$$(HOSTNAME).$$$$x'] }],
  });
  const mounts = spec.containers[1]?.volumeMounts;
  expect(mounts).toContainEqual(expect.objectContaining({ subPath: '$(HOSTNAME).$$x' }));
});

test('podShape: with network policies a pod has no user namespace and no capability that Pod Security baseline refuses', async () => {
  const policy: PodOptions = { ...options, isolation: 'policy', canaries: ['10.0.0.1:443'] };
  const spec = specOf();
  const input = {
    identity: identityOf(spec),
    spec,
    steps: [stepOf()],
    podKey: Buffer.alloc(32),
    nonce: 'n',
    restartsKeep: true,
  };
  const shape = podShape({ ...input, options: policy });
  expect(shape.spec).not.toHaveProperty('hostUsers');
  expect(JSON.stringify(shape.spec)).not.toMatch(/SYS_ADMIN|NET_ADMIN/);
  expect(shape.spec.containers[0]?.env[0]?.value).toContain('"canaries":["10.0.0.1:443"]');
  const order = await describeOrder(stepOf(), orderSpec('policy'), database);
  expect(order).toMatchObject({ ownNetwork: false, hidden: [], filter: true, noNewPrivileges: true });
  expect(order.limits.map(({ resource }) => resource)).not.toContain('processes');
});
