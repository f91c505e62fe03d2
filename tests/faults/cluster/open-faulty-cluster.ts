import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { configSchema } from '../../../src/agent/config/config-schema.ts';
import { createKeepClient } from '../../../src/runtimes/kubernetes/keep/keep-client.ts';
import { messageOf } from '../../../src/support/exec-error.ts';
import { derivePodKey } from '../../../src/support/net/pod-key.ts';
import { bundleProgram } from '../../agent/bundle-program.ts';
import { channelsOf } from '../../agent/channels-of.ts';
import { agentImage } from '../../kubernetes/agent-image.ts';
import { buildPrograms } from '../../kubernetes/cluster/build-programs.ts';
import { openCluster } from '../../kubernetes/cluster/open-cluster.ts';
import { findHostTraces, findNewTraces } from '../../kubernetes/host-traces.ts';
import { openNodeRegistry } from '../../kubernetes/runtime/open-registry.ts';
import { startTestCluster } from '../../kubernetes/start-test-cluster.ts';
import { makeAlpineArchive } from '../../parts/images/images.ts';
import { makeRunMarks } from '../../parts/run/mark-runs.ts';
import type { TestRun } from '../../parts/run/test-run.ts';
import { cacheDirectory } from '../../parts/start-parts.ts';
import { startRedis } from '../../parts/stores/redis.ts';
import { findInRedis, findTraces } from '../count-leftovers.ts';
import type { FaultWorld } from '../fault-world.ts';
import { clusterKinds } from '../make-requests.ts';
import { type Activity, watchActivity } from '../watch-activity.ts';
import { clusterFaults } from './cluster-faults.ts';
import { findNodeLeftovers } from './count-node-leftovers.ts';
import { startAgents } from './start-agents.ts';
import { isUndoneByCluster } from './undone-by-cluster.ts';

export interface FaultyClusterOptions {
  readonly quick: boolean;
  /** Gets what the agents write. */
  readonly onLine: (line: string) => void;
  readonly tell: (line: string) => void;
}

const programFile = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const namespace = 'faults';
const agentCount = 3;
const slots = 4;
const leaseSeconds = 6;
/** More than the objects of the run need, and quickly filled. */
const etcdQuotaBytes = 128 * 1024 ** 2;

/** Several agents outside of a cluster of one node, which run their executions on it. */
export async function openFaultyCluster(run: TestRun, options: FaultyClusterOptions): Promise<FaultWorld> {
  const { quick, onLine, tell } = options;
  const at = (name: string) => join(run.directory, name);
  const tracesBefore = await findHostTraces();
  const marks = await makeRunMarks(at('runs'), { runc: join(await buildPrograms(tell), 'runc') });
  const started = await startTestCluster(run, tell, { runc: join(marks.searchPath, 'runc'), etcdQuotaBytes });
  const cluster = await openCluster(started.directory);
  await cluster.kubectl(['create', 'namespace', namespace]);
  const registry = await openNodeRegistry(cluster);
  await registry.publish(await makeAlpineArchive(cacheDirectory(), tell), 'library/alpine:latest');
  const registries = { 'docker.io': { mirrors: [registry.address] }, [registry.address]: { insecure: true } };
  // YAML is a superset of JSON.
  await writeFile(at('registries.yaml'), JSON.stringify(registries));
  const redis = await startRedis({ directory: at('redis'), appendOnly: true });
  const fleetKey = randomBytes(32);
  const config = configSchema.parse({
    port: 'off',
    ...channelsOf('faults'),
    redisUrl: redis.url,
    runtime: 'kubernetes',
    kubeconfig: cluster.kubeconfig,
    kubeNamespace: namespace,
    kubeImage: agentImage,
    kubeKey: fleetKey.toString('base64'),
    kubeCpuOvercommit: 20,
    registriesFile: at('registries.yaml'),
    concurrency: slots,
    leaseSeconds,
    stopGrace: 1,
    minFreeDisk: '1m',
    minFreeMemory: '1m',
    answersKept: 1_000_000,
  });
  const program = await bundleProgram(programFile, at('program'));
  const agents = await startAgents({ program, config, directory: run.directory, count: agentCount, onLine });
  const activity = watchActivity(config);
  const ended = new Set<string>();
  const podSchema = z.object({ status: z.object({ podIP: z.string() }) });
  const askKeep = async ({ id, fence, pod = '' }: Activity): Promise<string | undefined> => {
    const found = await cluster.kubectl(['-n', namespace, 'get', 'pod', pod, '-o', 'json']);
    const address = podSchema.parse(JSON.parse(found)).status.podIP;
    const claim = { execution: id, fence };
    const keep = createKeepClient({ address, pod, key: derivePodKey(fleetKey, pod), claim });
    try {
      await keep.ask({ method: 'GET', path: '/steps', schema: z.unknown(), signal: AbortSignal.timeout(10_000) });
      return undefined;
    } catch (error) {
      return messageOf(error);
    } finally {
      keep.close();
    }
  };
  const faults = clusterFaults({
    cluster,
    namespace,
    agents,
    activity,
    marks,
    agentArchive: started.agentArchive,
    leaseSeconds,
    willEnd: (ids) => {
      for (const id of ids) ended.add(id);
    },
    askKeep,
    quick,
  });
  return {
    config,
    agents: `${agentCount} agents of a cluster`,
    marks,
    kinds: clusterKinds,
    faults,
    isUndone: isUndoneByCluster(ended),
    undoneMost: Number.POSITIVE_INFINITY,
    findLeftovers: async () => [...(await findNodeLeftovers(cluster, namespace, run)), ...(await findInRedis(config))],
    stopAgents: () => agents.stop(),
    findRemains: () => findNodeLeftovers(cluster, namespace, run),
    async close() {
      agents.close();
      activity.close();
      await registry.stop();
      await redis.stop();
      await started.stop();
    },
    findTraces: async (executions) => [
      ...(await findTraces(run, { executions })),
      ...(await findNewTraces(run, tracesBefore)),
    ],
  };
}
