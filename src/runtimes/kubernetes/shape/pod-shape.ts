import { posix } from 'node:path';
import { parseImageReference } from '../../../support/names/image-reference.ts';
import { keepExits, keepPlaces, keepVariable } from '../../../wire/pod/pod.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import { capabilitiesOf } from '../../users/capabilities.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import { filesContainer, keepContainer } from '../pods/explain-pod.ts';
import { type PodIdentity, stepName } from './pod-names.ts';

/** Where the steps see hold and its line, until it takes both away from the command. */
export const holdMounts = { program: '/.exec-agent', line: '/.exec-agent-line' } as const;

/** The name of the service proxy in containers. */
const proxyHostName = 'host.docker.internal';

/** What hold needs before it becomes the command; it drops what the command may not have. */
const userCapabilities = ['SETPCAP', 'SETUID', 'SETGID', 'CHOWN'];
const holdCapabilities = { own: ['SYS_ADMIN', 'NET_ADMIN', ...userCapabilities], policy: userCapabilities };

const MiB = 1024 ** 2;
const lineBytes = MiB;
const ordersBytes = 64 * MiB;
const keepMemory = { request: 64 * MiB, limit: 256 * MiB };
// The kubelet looks now and then; what is collected is bounded exactly.
const outputSlack = { factor: 1.25, bytes: 64 * MiB };
const graceSeconds = 120;
const keepRestarts = {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: Object.values(keepExits) } }],
};

/** What of a sandbox is in the specification of its pod. */
export type PodSandbox = Pick<SandboxSpec, 'deployment' | 'volumes' | 'scratch' | 'resources' | 'confinement'>;

export interface ShapeInput {
  readonly identity: PodIdentity;
  readonly spec: PodSandbox;
  readonly steps: readonly StepSpec[];
  readonly podKey: Buffer;
  readonly nonce: string;
  /** Absent: the cluster's own. */
  readonly runtimeClass?: string | undefined;
  /** Whether the cluster can start keep again after a crash; it continues from its disk then. */
  readonly restartsKeep: boolean;
  /** Seconds without an agent after which a pod ends that waits for its execution; absent: it has one. */
  readonly waitSeconds?: number | undefined;
  readonly options: PodOptions;
}

/** The directory of a volume in keep's container. */
export function volumeDirectory(index: number): string {
  return `${keepPlaces.volumes}/${index}`;
}

interface MountedFile {
  readonly volume: number;
  readonly name: string;
  /** Where containers see it. */
  readonly path: string;
  /** Where its input is staged, and the file that containers have mounted, in keep's container. */
  readonly staged: string;
  readonly mounted: string;
}

/** The single files that volumes mount; they are in volumes of their own, where they exist before the containers do. */
export function mountedFilesOf(volumes: SandboxSpec['volumes']): readonly MountedFile[] {
  return volumes.flatMap(({ path, files = [] }, volume) =>
    files.map((name) => ({
      volume,
      name,
      path: posix.join(path, name),
      staged: posix.join(volumeDirectory(volume), name),
      mounted: posix.join(filesDirectory(volume), name),
    })),
  );
}

function filesDirectory(volume: number): string {
  return `${keepPlaces.volumes}/files-${volume}`;
}

/** The directory of a step's secrets in keep's container. */
export function secretsDirectory(step: string): string {
  return `${keepPlaces.volumes}/secrets-${step}`;
}

/** One execution as a pod. It says nothing of the request but images, limits and confinement. */
export function podShape(input: ShapeInput) {
  const { identity, steps, options, runtimeClass } = input;
  const arch = steps[0]?.image.config?.arch;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: identity.name,
      namespace: options.namespace,
      labels: identity.labels,
      annotations: identity.annotations,
    },
    spec: {
      restartPolicy: 'Never',
      ...(options.isolation === 'own' ? { hostUsers: false } : {}),
      hostname: containerHostname,
      hostAliases: [{ ip: '127.0.0.1', hostnames: [proxyHostName] }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['127.0.0.1'] },
      terminationGracePeriodSeconds: graceSeconds,
      imagePullSecrets: options.pullSecrets.map((name) => ({ name })),
      ...(options.tolerations.length === 0 ? {} : { tolerations: options.tolerations }),
      nodeSelector: { ...(arch === undefined ? {} : { 'kubernetes.io/arch': arch }), ...options.nodeSelector },
      ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
      volumes: volumesOf(input),
      ...initContainersOf(input),
      containers: [keepOf(input), ...steps.map((step, index) => stepOf(input, step, index))],
    },
  };
}

function hasSecretFiles({ secrets = [] }: StepSpec): boolean {
  return secrets.some(({ as }) => as === 'file');
}

function inMemory(name: string, bytes: number) {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: String(bytes) } };
}

function volumesOf({ spec, steps, options }: ShapeInput) {
  const { scratchBytes, shmBytes } = spec.resources;
  const outputBytes = Math.ceil(options.outputBytes * outputSlack.factor + outputSlack.bytes);
  return [
    { name: 'hold', image: { reference: options.keepImage, pullPolicy: 'IfNotPresent' } },
    inMemory('line', lineBytes),
    inMemory('orders', ordersBytes),
    { name: 'own', emptyDir: {} },
    ...spec.volumes.map(({ access }, index) => ({
      name: `volume-${index}`,
      emptyDir: access === 'read-write' ? { sizeLimit: String(outputBytes) } : {},
    })),
    ...filesVolumesOf(spec).map((name) => ({ name, emptyDir: {} })),
    ...steps.flatMap((step, index) => [
      ...spec.scratch.map((_, place) => inMemory(`scratch-${index}-${place}`, scratchBytes)),
      ...(shmBytes === undefined ? [] : [inMemory(`shm-${index}`, shmBytes)]),
      ...(hasSecretFiles(step) ? [inMemory(`secrets-${index}`, MiB)] : []),
    ]),
  ];
}

function filesVolumesOf({ volumes }: PodSandbox): readonly string[] {
  return volumes.flatMap(({ files }, index) => (files === undefined ? [] : [`files-${index}`]));
}

function filesMountsOf(spec: PodSandbox) {
  return filesVolumesOf(spec).map((name) => ({ name, mountPath: `${keepPlaces.volumes}/${name}` }));
}

/** A file can be mounted in a container only if it exists before that is created. */
function initContainersOf({ spec, options }: ShapeInput) {
  const files = mountedFilesOf(spec.volumes);
  if (files.length === 0) return {};
  const container = {
    name: filesContainer,
    image: options.keepImage,
    imagePullPolicy: 'IfNotPresent',
    // Kubernetes puts variables into a command, and takes two dollar signs for one.
    command: ['/hold', '--make', ...files.map(({ mounted }) => mounted.replaceAll('$', '$$$$'))],
    resources: { limits: { memory: String(keepMemory.request) } },
    volumeMounts: filesMountsOf(spec),
    securityContext: { ...confined([]), runAsUser: 0, readOnlyRootFilesystem: true },
  };
  return { initContainers: [container] };
}

function confined(add: readonly string[]) {
  return { seccompProfile: { type: 'RuntimeDefault' }, capabilities: { drop: ['ALL'], add } };
}

function keepOf({ identity, spec, steps, podKey, nonce, restartsKeep, waitSeconds, options }: ShapeInput) {
  const settings = {
    pod: identity.name,
    key: podKey.toString('hex'),
    nonce,
    steps: steps.map((_, index) => stepName(index)),
    logBytes: options.logBytes,
    orphanSeconds: options.orphanSeconds,
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    canaries: options.isolation === 'own' ? [] : options.canaries,
    writable: spec.volumes.flatMap(({ access }, index) => (access === 'read-write' ? [volumeDirectory(index)] : [])),
  };
  return {
    name: keepContainer,
    ...(restartsKeep ? keepRestarts : {}),
    image: options.keepImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['keep'],
    env: [{ name: keepVariable, value: JSON.stringify(settings) }],
    resources: {
      requests: { memory: String(keepMemory.request), cpu: '10m' },
      limits: { memory: String(keepMemory.limit) },
    },
    volumeMounts: [
      { name: 'line', mountPath: keepPlaces.line },
      { name: 'orders', mountPath: keepPlaces.orders },
      { name: 'own', mountPath: keepPlaces.own },
      ...spec.volumes.map((_, index) => ({ name: `volume-${index}`, mountPath: volumeDirectory(index) })),
      ...filesMountsOf(spec),
      ...steps.flatMap((step, index) =>
        hasSecretFiles(step) ? [{ name: `secrets-${index}`, mountPath: secretsDirectory(stepName(index)) }] : [],
      ),
    ],
    securityContext: { ...confined(['DAC_OVERRIDE', 'FOWNER', 'CHOWN']), runAsUser: 0, readOnlyRootFilesystem: true },
  };
}

function stepOf(input: ShapeInput, { step, image, ...secrets }: StepSpec, index: number) {
  const { spec, nonce, options } = input;
  const own = capabilitiesOf(spec.confinement).map((name) => name.replace(/^CAP_/, ''));
  const { registry, repository } = parseImageReference(image.reference);
  return {
    name: stepName(index),
    image: `${registry}/${repository}@${image.digest}`,
    imagePullPolicy: step.image.pull === 'never' ? 'Never' : 'IfNotPresent',
    command: [`${holdMounts.program}/hold`, holdMounts.line, stepName(index)],
    env: [{ name: 'EXEC_AGENT_NONCE', value: nonce }],
    resources: resourcesOf(input, index === 0),
    volumeMounts: [
      { name: 'hold', mountPath: holdMounts.program, readOnly: true },
      { name: 'line', mountPath: holdMounts.line, readOnly: true },
      ...spec.volumes.flatMap(({ path, access, files }, volume) =>
        files === undefined ? [{ name: `volume-${volume}`, mountPath: path, readOnly: access === 'read-only' }] : [],
      ),
      ...mountedFilesOf(spec.volumes).map(({ volume, name, path }) => ({
        name: `files-${volume}`,
        mountPath: path,
        subPath: name,
        readOnly: true,
      })),
      ...spec.scratch.map((path, place) => ({ name: `scratch-${index}-${place}`, mountPath: path })),
      ...(spec.resources.shmBytes === undefined ? [] : [{ name: `shm-${index}`, mountPath: '/dev/shm' }]),
      ...(hasSecretFiles({ step, image, ...secrets })
        ? [{ name: `secrets-${index}`, mountPath: '/run/secrets', readOnly: true }]
        : []),
    ],
    securityContext: {
      ...confined([...new Set([...holdCapabilities[options.isolation], ...own])]),
      runAsUser: 0,
      runAsGroup: 0,
      readOnlyRootFilesystem: step.readOnlyRoot,
    },
  };
}

/** One step runs at a time, so only the first one reserves something. */
function resourcesOf({ spec, options }: Pick<ShapeInput, 'spec' | 'options'>, reserves: boolean) {
  const { memoryBytes, cpus, gpus, layerBytes = options.layerBytes } = spec.resources;
  const gpu = gpus === undefined || gpus === 'all' ? {} : { [options.gpuResource]: String(gpus) };
  const requests = reserves
    ? { memory: String(memoryBytes), cpu: milli(cpus / options.cpuOvercommit) }
    : { memory: '0', cpu: '0' };
  return {
    limits: { memory: String(memoryBytes), cpu: milli(cpus), 'ephemeral-storage': String(layerBytes), ...gpu },
    requests: { ...requests, 'ephemeral-storage': '0' },
  };
}

function milli(cpus: number): string {
  return `${Math.max(1, Math.round(cpus * 1000))}m`;
}
