import { createApiClient } from '../../runtimes/kubernetes/api/api-client.ts';
import { type ClusterFinding, diagnoseCluster } from '../../runtimes/kubernetes/diagnose-cluster.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Config } from '../config/config-schema.ts';
import { openKubeAccess, podOptionsOf } from './kubernetes-options.ts';

export type { ClusterFinding };

const limits = { connectTimeoutMs: 10_000, callTimeoutMs: 30_000, answerBytes: 16 * 1024 ** 2, idleConnections: 1 };

/** What `doctor` reports of the cluster in the settings; nothing is created in it. */
export async function checkCluster(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly ClusterFinding[]> {
  let access: Awaited<ReturnType<typeof openKubeAccess>>;
  try {
    access = await openKubeAccess(config, environment);
  } catch (error) {
    signal.throwIfAborted();
    const cure = 'Set KUBECONFIG to the file of your cluster, or run the agent in a pod with a service account.';
    return [{ name: 'API', ok: false, detail: messageOf(error), cure }];
  }
  const client = createApiClient(access, limits);
  try {
    return await diagnoseCluster({ client, pods: podOptionsOf(config, access), reach: config.kubeReach, signal });
  } finally {
    client.close();
  }
}
