import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findInClusterAccess } from '../../runtimes/kubernetes/api/credentials/in-cluster-access.ts';
import type { KubeAccess } from '../../runtimes/kubernetes/api/credentials/kube-access.ts';
import { loadKubeconfig } from '../../runtimes/kubernetes/api/credentials/load-kubeconfig.ts';
import type { KubernetesOptions, PodOptions, Toleration } from '../../runtimes/kubernetes/kubernetes-options.ts';
import { ExecError } from '../../support/exec-error.ts';
import { systemClock } from '../../support/time/clock.ts';
import type { Config } from '../config/config-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A program that gives credentials may ask a cloud. */
const pluginTimeoutMs = 60_000;

/**
 * The API server of the settings: a kubeconfig file, or the service account of the pod that the agent runs in.
 * @throws ExecError INVALID_REQUEST | RUNTIME_UNAVAILABLE naming the file and the fix
 */
export async function openKubeAccess(config: Config, environment: Environment): Promise<KubeAccess> {
  const { kubeconfig, kubeContext: context } = config;
  const inCluster = kubeconfig === undefined ? await findInClusterAccess(environment, systemClock) : undefined;
  if (inCluster !== undefined) return inCluster;
  const path = kubeconfig ?? join(homedir(), '.kube/config');
  return loadKubeconfig({ path, context, environment, pluginTimeoutMs, clock: systemClock });
}

/** What the settings say of the runtime kubernetes. @throws ExecError naming a setting that is missing, or the kubeconfig */
export async function kubernetesOptionsOf(
  config: Config,
  parts: Pick<KubernetesOptions, 'registries' | 'sources' | 'logger'>,
  environment: Environment,
): Promise<KubernetesOptions> {
  const { kubeImage, kubeKey } = config;
  if (kubeImage === undefined) throw missing('EXEC_KUBE_IMAGE', 'the image of this project that the nodes can pull');
  if (kubeKey === undefined) throw missing('EXEC_KUBE_KEY', 'the output of "openssl rand -base64 32"');
  const fleetKey = Buffer.from(kubeKey, 'base64');
  if (fleetKey.length < 32) throw missing('EXEC_KUBE_KEY', 'at least 32 bytes as base64');
  const access = await openKubeAccess(config, environment);
  return {
    ...parts,
    access,
    fleetKey,
    pods: podOptionsOf(config, access),
    reach: config.kubeReach,
    servicePort: config.servicePort,
    startSeconds: config.kubeStart,
    awayMs: config.engineAwaySeconds * 1000,
  };
}

/** How pods are made. */
export function podOptionsOf(config: Config, access: Pick<KubeAccess, 'namespace' | 'server'>): PodOptions {
  return {
    namespace: config.kubeNamespace ?? access.namespace,
    keepImage: config.kubeImage ?? '',
    pullSecrets: config.kubePullSecrets,
    nodeSelector: Object.fromEntries(config.kubeNodeSelector.map((label) => splitLabel(label))),
    isolation: config.kubeIsolation,
    canaries: canariesOf(access),
    tolerations: config.kubeTolerations.map(parseToleration),
    gpuResource: config.kubeGpuResource,
    cpuOvercommit: config.kubeCpuOvercommit,
    orphanSeconds: Math.round(config.kubeOrphan),
    logBytes: 2 * config.logBytes,
    outputBytes: config.outputBytes,
    layerBytes: config.layerBytes,
  };
}

/** Names cannot be resolved in pods. */
function canariesOf({ server }: Pick<KubeAccess, 'server'>): readonly string[] {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? [] : [`${host}:${server.port || '443'}`];
}

/** @param text `key`, `key=value`, and either with `:effect` */
function parseToleration(text: string): Toleration {
  const [taint = '', effect] = text.split(':');
  const scope = effect === undefined ? {} : { effect };
  if (!taint.includes('=')) return { key: taint, operator: 'Exists', ...scope };
  const [key, value] = splitLabel(taint);
  return { key, operator: 'Equal', value, ...scope };
}

function splitLabel(label: string): readonly [string, string] {
  const at = label.indexOf('=');
  return [label.slice(0, at), label.slice(at + 1)];
}

function missing(setting: string, what: string): ExecError {
  return new ExecError('RUNTIME_UNAVAILABLE', `EXEC_RUNTIME=kubernetes needs ${setting}. Set it to ${what}.`);
}
