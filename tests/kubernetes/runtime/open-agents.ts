import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../src/agent/config/config-schema.ts';
import { executionEventSchema, logLineSchema } from '../../../src/wire/live.ts';
import { type AgentProcess, startAgentProcess } from '../../agent/agent-process.ts';
import { bundleProgram } from '../../agent/bundle-program.ts';
import { environmentOf } from '../../agent/environment-of.ts';
import { openDeployment, type TestDeployment } from '../../agent/open-test-agent.ts';
import { makeAlpineArchive, makePythonArchive } from '../../parts/images/images.ts';
import { becomesTrue } from '../../parts/poll.ts';
import { cacheDirectory } from '../../parts/start-parts.ts';
import { startRedis } from '../../parts/stores/redis.ts';
import { agentImage } from '../agent-image.ts';
import type { Cluster } from '../cluster/open-cluster.ts';
import { openNodeRegistry } from './open-registry.ts';

const program = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const settleMs = 60_000;
const patienceMs = 240_000;

/** Agents of one deployment that run their executions on the cluster. */
export interface ClusterAgents extends TestDeployment {
  readonly namespace: string;
  /** The address of the registry of the images. */
  readonly registry: string;
  /** An agent in a process of its own, with a data directory of its own. */
  start(overrides?: Partial<Config>): Promise<AgentProcess>;
  /** Sends a request; returns its correlation id and the pod once that runs the command. */
  sendAndAwaitOutput(request: object, text: string): Promise<{ readonly id: string; readonly pod: string }>;
  /** Pods that are still there after a while. */
  leftovers(): Promise<readonly string[]>;
}

/** The images of the examples are in a registry that replaces Docker Hub. */
export async function openClusterAgents(cluster: Cluster, namespace: string): Promise<ClusterAgents> {
  const directory = await mkdtemp(join(tmpdir(), 'cluster-agents-'));
  await cluster.kubectl(['create', 'namespace', namespace]);
  const registry = await openNodeRegistry(cluster);
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  await registry.publish(await makeAlpineArchive(cacheDirectory(), tell), 'library/alpine:latest');
  const python = await makePythonArchive(cacheDirectory(), tell);
  for (const name of ['python:3.9-slim', 'r-base:latest']) await registry.publish(python, `library/${name}`);
  const registriesFile = join(directory, 'registries.yaml');
  const registries = { 'docker.io': { mirrors: [registry.address] }, [registry.address]: { insecure: true } };
  // YAML is a superset of JSON.
  await writeFile(registriesFile, JSON.stringify(registries));
  const redis = await startRedis();
  const deployment = await openDeployment(
    {
      redisUrl: redis.url,
      runtime: 'kubernetes',
      kubeconfig: cluster.kubeconfig,
      kubeNamespace: namespace,
      kubeImage: agentImage,
      kubeKey: randomBytes(32).toString('base64'),
      kubeCpuOvercommit: 20,
      warmContainers: 0,
      registriesFile,
      leaseSeconds: 2,
    },
    {},
    { patienceMs },
  );
  const { config } = deployment;
  const agents: AgentProcess[] = [];
  let bundled: Promise<string> | undefined;
  const listener = deployment.redis.duplicate();
  const executions = new Map<string, string>();
  const written = new Map<string, string>();
  listener.on('message', (_channel, text) => {
    const { correlation_id: id = '', execution_id: execution } = executionEventSchema.parse(JSON.parse(text));
    executions.set(id, execution);
  });
  listener.on('pmessage', (_pattern, channel, line) => {
    const execution = channel.slice(config.logsChannel.length + 1);
    written.set(execution, `${written.get(execution) ?? ''}${logLineSchema.parse(JSON.parse(line)).text}`);
  });
  await listener.subscribe(config.eventsChannel);
  await listener.psubscribe(`${config.logsChannel}:*`);
  const writtenBy = (id: string) => written.get(executions.get(id) ?? '') ?? '';
  const podsLeft = async (...filter: readonly string[]) => {
    const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', 'name', ...filter]);
    return text.split('\n').filter((line) => line !== '');
  };
  return {
    ...deployment,
    namespace,
    registry: registry.address,
    async start(overrides = {}) {
      bundled ??= bundleProgram(program, join(directory, 'program'));
      const dataDir = await mkdtemp(join(directory, 'data-'));
      const env = environmentOf({ ...config, dataDir, logLevel: 'info', ...overrides });
      const agent = startAgentProcess({ program: [await bundled, 'serve'], env });
      agents.push(agent);
      await agent.ready;
      return agent;
    },
    async sendAndAwaitOutput(request, text) {
      const id = randomUUID();
      await deployment.publish({ ...request, correlation_id: id });
      if (!(await becomesTrue(() => writtenBy(id).includes(text), settleMs)))
        throw new Error(`the execution of ${id} did not write ${text}, only ${writtenBy(id)}`);
      const execution = executions.get(id) ?? 'none';
      const [pod] = await podsLeft('-l', `exec-agent/execution=${execution}`);
      if (pod === undefined) throw new Error(`there is no pod of ${execution}`);
      return { id, pod };
    },
    async leftovers() {
      await becomesTrue(async () => (await podsLeft()).length === 0, settleMs);
      return podsLeft();
    },
    async close() {
      for (const agent of agents) {
        agent.kill('SIGKILL');
        await agent.ended;
      }
      listener.disconnect();
      await deployment.close();
      await redis.stop();
      await registry.stop();
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
