import { z } from 'zod';
import { messageOf } from '../../support/exec-error.ts';
import { standardConfinement } from '../../wire/plan/plan.ts';
import type { StepSpec } from '../runtime.ts';
import type { ApiClient } from './api/api-client.ts';
import { namespaces, pods } from './api/api-resource.ts';
import { explainApiError } from './api/explain-api-error.ts';
import type { PodOptions, Reach } from './kubernetes-options.ts';
import { explainCreateError } from './pods/explain-create.ts';
import { identityOf } from './shape/pod-names.ts';
import { podShape } from './shape/pod-shape.ts';

/** One thing of a cluster that was looked at. */
export interface ClusterFinding {
  readonly name: 'API' | 'namespace' | 'permissions' | 'isolation';
  readonly ok: boolean;
  /** What was found, or what is wrong, with the cluster's own words. */
  readonly detail: string;
  readonly cure?: string;
}

export interface DiagnoseOptions {
  readonly client: ApiClient;
  readonly pods: PodOptions;
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

const MiB = 1024 ** 2;
/** As in deploy/kubernetes/access.yaml. */
const needed = [
  ...['create', 'get', 'list', 'watch', 'delete', 'patch'].map((verb) => ({ verb, resource: 'pods' })),
  { verb: 'list', resource: 'events' },
];
/** The API server asks for the first one until Kubernetes 1.34, for both from 1.35 on. */
const neededToForward = ['get', 'create'].map((verb) => ({ verb, resource: 'pods', subresource: 'portforward' }));
const reviews = { version: 'authorization.k8s.io/v1', name: 'selfsubjectaccessreviews' };
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });
const namedSchema = z.object({ metadata: z.object({ name: z.string() }) });
const shownPodSchema = z.object({
  spec: z.object({
    hostUsers: z.boolean().optional(),
    volumes: z.array(z.object({ name: z.string(), image: z.object({}).optional() })),
  }),
});

/**
 * Asks a cluster whether executions can run in it: the API server, the namespace, the permissions of the agent's account, and
 * whether it accepts a pod whose command has a network of its own. Nothing is created. What cannot be asked after a failure is
 * left out.
 */
export async function diagnoseCluster(options: DiagnoseOptions): Promise<readonly ClusterFinding[]> {
  const findings: ClusterFinding[] = [];
  for (const check of [checkApi, checkNamespace, checkPermissions, checkIsolation]) {
    const finding = await check(options);
    findings.push(finding);
    if (!finding.ok) break;
  }
  return findings;
}

async function checkApi({ client, signal }: DiagnoseOptions): Promise<ClusterFinding> {
  const { access } = client;
  try {
    const version = await client.version(signal);
    return { name: 'API', ok: true, detail: `Kubernetes ${version} at ${access.server.host}, ${access.origin}` };
  } catch (error) {
    signal.throwIfAborted();
    return { name: 'API', ok: false, detail: explainApiError(error, access).message };
  }
}

async function checkNamespace({ client, pods: { namespace }, signal }: DiagnoseOptions): Promise<ClusterFinding> {
  const name = 'namespace';
  try {
    const found = await client.get({ resource: namespaces }, namespace, namedSchema, signal);
    if (found !== undefined) return { name, ok: true, detail: namespace };
    const cure = `Create it with "kubectl apply -f deploy/kubernetes/access.yaml", or set EXEC_KUBE_NAMESPACE to another one.`;
    return { name, ok: false, detail: `"${namespace}" does not exist`, cure };
  } catch (error) {
    signal.throwIfAborted();
    return { name, ok: false, detail: explainApiError(error, client.access).message, cure: rolesCure };
  }
}

const rolesCure =
  'Apply deploy/kubernetes/access.yaml and run the agent as its account, or give its Role to the account that you use.';

const forwardCure = 'For EXEC_KUBE_REACH=port-forward, apply deploy/kubernetes/port-forward.yaml as well.';

async function checkPermissions({
  client,
  pods: { namespace },
  reach,
  signal,
}: DiagnoseOptions): Promise<ClusterFinding> {
  const name = 'permissions';
  const isAllowed = async (permission: Permission): Promise<boolean> => {
    const review = {
      apiVersion: reviews.version,
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, ...permission } },
    };
    return (await client.create({ resource: reviews }, review, reviewSchema, { signal })).status.allowed;
  };
  try {
    const missing: string[] = [];
    for (const permission of [...needed, ...(reach === 'port-forward' ? neededToForward : [])])
      if (!(await isAllowed(permission))) missing.push(describe(permission));
    if (missing.length === 0) return { name, ok: true, detail: 'the account has what an agent needs' };
    const detail = `the account lacks these permissions in "${namespace}": ${missing.join(', ')}`;
    return { name, ok: false, detail, cure: reach === 'port-forward' ? `${rolesCure} ${forwardCure}` : rolesCure };
  } catch (error) {
    signal.throwIfAborted();
    return { name, ok: false, detail: explainApiError(error, client.access).message, cure: rolesCure };
  }
}

interface Permission {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
}

function describe({ verb, resource, subresource }: Permission): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

async function checkIsolation({ client, pods: options, signal }: DiagnoseOptions): Promise<ClusterFinding> {
  const name = 'isolation';
  try {
    const place = { resource: pods, namespace: options.namespace };
    const { spec } = await client.create(place, trialPod(options), shownPodSchema, { dryRun: true, signal });
    if (options.isolation === 'own' && spec.hostUsers !== false)
      return {
        name,
        ok: false,
        detail: 'the API server ignores hostUsers: pods have no user namespace of their own',
        cure: 'Use Kubernetes 1.33 or later, or switch the feature gate UserNamespacesSupport on. EXEC_KUBE_ISOLATION=policy does without, where network policies are enforced.',
      };
    if (!spec.volumes.some(({ image }) => image !== undefined))
      return {
        name,
        ok: false,
        detail: 'the API server ignores volumes of images',
        cure: 'Use Kubernetes 1.35 or later, or switch the feature gate ImageVolume on.',
      };
    const detail =
      options.isolation === 'own'
        ? 'the API server accepts pods whose command has a network namespace of its own (own)'
        : 'the API server accepts pods without; each of them tests that network policies are enforced (policy)';
    return { name, ok: true, detail };
  } catch (error) {
    signal.throwIfAborted();
    const explained = explainCreateError(error, client.access);
    return { name, ok: false, detail: messageOf(explained), cure: isolationCure };
  }
}

const isolationCure =
  'Compare the policies of the namespace with deploy/kubernetes/access.yaml. In a cluster without user namespaces, set EXEC_KUBE_ISOLATION=policy.';

/** As small as an execution can be. */
function trialPod(options: PodOptions): unknown {
  const step: StepSpec = {
    step: {
      image: { reference: options.keepImage, pull: 'missing' },
      env: {},
      workingDir: '/',
      readOnlyRoot: false,
      ignoreError: false,
    },
    image: { reference: options.keepImage, digest: `sha256:${'0'.repeat(64)}` },
  };
  return podShape({
    identity: identityOf({ deployment: 'doctor', executionId: 'doctor', fence: 0 }),
    spec: {
      deployment: 'doctor',
      volumes: [],
      scratch: [],
      resources: { cpus: 0.1, memoryBytes: 64 * MiB, pids: 64, scratchBytes: MiB },
      confinement: standardConfinement,
    },
    steps: [step],
    podKey: Buffer.alloc(32),
    nonce: 'doctor',
    restartsKeep: false,
    options,
  });
}
