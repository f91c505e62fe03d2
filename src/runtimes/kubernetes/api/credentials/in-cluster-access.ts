import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { ExecError, messageOf } from '../../../../support/exec-error.ts';
import type { Clock } from '../../../../support/time/clock.ts';
import { defaultNamespace, type KubeAccess } from './kube-access.ts';
import { tokenFile } from './token-file.ts';

/** Where the kubelet mounts the service account of a pod. */
const accountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * How a program in a pod reaches the API server, with the pod's service account.
 * @returns undefined outside of a cluster
 * @throws ExecError RUNTIME_UNAVAILABLE when the account is not mounted
 */
export async function findInClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  directory = accountDirectory,
): Promise<KubeAccess | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) return undefined;
  const ca = await readFile(join(directory, 'ca.crt'), 'utf8').catch((error: unknown) => {
    const text = `The pod has no service account for the Kubernetes API: ${messageOf(error)}. Set automountServiceAccountToken: true for the agent's pod.`;
    throw new ExecError('RUNTIME_UNAVAILABLE', text, { cause: error });
  });
  const namespace = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '');
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    ca,
    insecure: false,
    namespace: namespace.trim() || defaultNamespace,
    credentials: tokenFile(join(directory, 'token'), clock),
    origin: 'the service account of the pod',
  };
}
