import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentImage } from '../../tests/kubernetes/agent-image.ts';
import { type Cluster, openCluster } from '../../tests/kubernetes/cluster/open-cluster.ts';
import { openNodeRegistry } from '../../tests/kubernetes/runtime/open-registry.ts';
import { startTestCluster } from '../../tests/kubernetes/start-test-cluster.ts';
import { makeAlpineArchive } from '../../tests/parts/images/images.ts';
import { removeRun } from '../../tests/parts/run/remove-run.ts';
import { createTestRun, runVariable } from '../../tests/parts/run/test-run.ts';
import { cacheDirectory } from '../../tests/parts/start-parts.ts';
import { startRedis } from '../../tests/parts/stores/redis.ts';

export const benchNamespace = 'bench';
const account = 'agent';
const flowSchema = 'bench-agent';

export interface BenchCluster {
  readonly cluster: Cluster;
  /** For an agent that runs its executions on the cluster. */
  readonly variables: AgentVariables;
  /** How many requests of the agent the API server has served, by its own count. */
  apiCalls(): Promise<number>;
  stop(): Promise<void>;
}

interface AgentVariables extends Readonly<Record<string, string>> {
  readonly REDIS_URL: string;
  readonly EXEC_REQUEST_CHANNEL: string;
  readonly EXEC_RESPONSE_CHANNEL: string;
}

/** A real cluster, a registry, a Redis, and an account for the agent whose requests the API server counts apart. */
export async function openBenchCluster(tell: (line: string) => void): Promise<BenchCluster> {
  const run = createTestRun();
  process.env[runVariable] = run.directory;
  const closers: (() => Promise<void>)[] = [async () => removeRun(run)];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const started = await startTestCluster(run, tell);
    closers.push(started.stop);
    const cluster = await openCluster(started.directory);
    const registry = await openNodeRegistry(cluster);
    closers.push(registry.stop);
    await registry.publish(await makeAlpineArchive(cacheDirectory(), tell), 'library/alpine:latest');
    const redis = await startRedis({ directory: run.directory });
    closers.push(redis.stop);
    await cluster.kubectl(['create', '-f', '-'], JSON.stringify(accountOfAgent));
    const kubeconfig = join(run.directory, 'agent.kubeconfig');
    await writeFile(kubeconfig, await kubeconfigOf(cluster));
    const registriesFile = join(run.directory, 'registries.yaml');
    const registries = { 'docker.io': { mirrors: [registry.address] }, [registry.address]: { insecure: true } };
    // YAML is a superset of JSON.
    await writeFile(registriesFile, JSON.stringify(registries));
    return {
      cluster,
      stop,
      apiCalls: () => countCalls(cluster),
      variables: {
        REDIS_URL: redis.url,
        PORT: 'off',
        KUBECONFIG: kubeconfig,
        EXEC_RUNTIME: 'kubernetes',
        EXEC_KUBE_NAMESPACE: benchNamespace,
        EXEC_KUBE_IMAGE: agentImage,
        EXEC_KUBE_KEY: randomBytes(32).toString('base64'),
        EXEC_KUBE_CPU_OVERCOMMIT: '100',
        EXEC_REGISTRIES_FILE: registriesFile,
        EXEC_DATA_DIR: join(run.directory, 'agent'),
        EXEC_KEY_PREFIX: 'bench',
        EXEC_REQUEST_CHANNEL: 'bench-requests',
        EXEC_RESPONSE_CHANNEL: 'bench-responses',
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const metadata = { name: account, namespace: benchNamespace };
const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
const accountOfAgent = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: benchNamespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    // The API server counts requests by flow schema, and by no user.
    {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: flowSchema },
      spec: {
        priorityLevelConfiguration: { name: 'workload-high' },
        matchingPrecedence: 100,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: metadata }],
            resourceRules: [everything],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    },
  ],
};

async function kubeconfigOf({ apiUrl, caFile, kubectl }: Cluster): Promise<string> {
  const token = (await kubectl(['-n', benchNamespace, 'create', 'token', account])).trim();
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: apiUrl, 'certificate-authority': caFile } }],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: account } }],
    'current-context': 'c',
  });
}

async function countCalls({ kubectl }: Cluster): Promise<number> {
  const metrics = await kubectl(['get', '--raw', '/metrics']);
  const lines = metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_flowcontrol_dispatched_requests_total{'))
    .filter((line) => line.includes(`flow_schema="${flowSchema}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
