import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRedisClient, type ExecutionRequest, type RedisClient } from '../../src/client/index.ts';
import { becomesTrue } from '../../tests/parts/poll.ts';
import { findBundle, openBareRuntime } from '../bare-runtime.ts';
import type { BenchParts } from '../bench-parts.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { interleave, medianOf } from '../interleave.ts';
import { serveAgent } from '../serve-agent.ts';
import { round } from '../summarise.ts';

const run = promisify(execFile);
const image = 'alpine:latest';
const atOnce = 4;
// So many that starting the shells around the runtime does not count.
const inTurn = 10;
const startMs = 60_000;

/** Many executions at once over as many of the same by the runtime alone; and, for OCI, one after the other. */
export async function measureThroughput(parts: BenchParts, size: BenchSize) {
  await installPrograms(['docker-cli'], parts.tell);
  const rounds = { rounds: { full: 7, quick: 3, smoke: 1 }[size], warmups: size === 'smoke' ? 0 : 1 };
  const lots = {
    full: { docker: 20, oci: 40 },
    quick: { docker: 8, oci: 20 },
    smoke: { docker: 4, oci: 4 },
  }[size];
  const docker = await withAgent(parts, 'docker', async (client) => {
    const peer = `seq ${lots.docker} | xargs -P${atOnce} -I{} docker --host "$0" run --rm --network none ${image} true`;
    const timed = await interleave(
      [
        { name: 'agent', run: () => runLot(client, lots.docker) },
        { name: 'docker run', run: async () => void (await run('sh', ['-c', peer, parts.dockerHost])) },
      ],
      rounds,
    );
    return round(medianOf(timed, 'docker run') / medianOf(timed, 'agent'));
  });
  const oci = await withAgent(parts, 'oci', async (client, workDir) => {
    const bare = await openBare(client, workDir, parts);
    try {
      const timed = await interleave(
        [
          { name: 'agent', run: () => runLot(client, lots.oci) },
          { name: 'bare', run: () => bare.runtime.runMany(lots.oci, atOnce) },
          { name: 'agent, one by one', run: () => runInTurn(client, inTurn) },
          { name: 'bare, one by one', run: () => bare.runtime.runMany(inTurn, 1) },
        ],
        rounds,
      );
      const ratio = (of: string, over: string) => round(medianOf(timed, of) / medianOf(timed, over));
      const ms = Object.fromEntries(timed.map(({ name, summary }) => [name, summary]));
      return { ratio: ratio('bare', 'agent'), versus: ratio('agent, one by one', 'bare, one by one'), ms };
    } finally {
      await bare.end();
    }
  });
  return {
    throughput_ratio_docker: docker,
    throughput_ratio_oci: oci.ratio,
    oci_vs_bare: oci.versus,
    oci_throughput_ms: oci.ms,
  };
}

function requestOf(command: string[]): ExecutionRequest {
  return { container: { image, command }, input: {}, output: {} };
}

async function runLot(client: RedisClient, executions: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: executions }, () => client.run(requestOf(['true']))));
  const failed = answers.find(({ success }) => !success);
  if (failed !== undefined) throw new Error(failed.error);
}

async function runInTurn(client: RedisClient, executions: number): Promise<void> {
  for (let n = 0; n < executions; n++) await runLot(client, 1);
}

/** A container of the agent's lends its bundle, and what is mounted in it, as long as it sleeps. */
async function openBare(client: RedisClient, workDir: string, parts: BenchParts) {
  const id = await client.submit(requestOf(['sleep', '3600']));
  const end = async () => {
    await client.cancel(id);
    await client.wait(id);
  };
  try {
    const isThere = () =>
      findBundle(workDir).then(
        () => true,
        () => false,
      );
    if (!(await becomesTrue(isThere, startMs))) throw new Error('the container that lends its bundle did not start');
    const directory = join(parts.directory, 'bare');
    const runtime = await openBareRuntime(await findBundle(workDir), { directory, command: 'true', slots: atOnce });
    return { runtime, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function withAgent<T>(
  parts: BenchParts,
  runtime: string,
  measure: (client: RedisClient, workDir: string) => Promise<T>,
): Promise<T> {
  const variables = {
    ...parts.agentVariables(`many-${runtime}`),
    EXEC_RUNTIME: runtime,
    // The bundle of a container that waited runs no command, and the other side makes none ahead.
    EXEC_WARM_CONTAINERS: '0',
    // One place is taken by the container that lends its bundle.
    EXEC_CONCURRENCY: String(runtime === 'oci' ? atOnce + 1 : atOnce),
  };
  const agent = await serveAgent(variables);
  try {
    const client = await createRedisClient({
      url: parts.redisUrl,
      requestChannel: variables.EXEC_REQUEST_CHANNEL,
      responseChannel: variables.EXEC_RESPONSE_CHANNEL,
      controlChannel: variables.EXEC_CONTROL_CHANNEL,
      keyPrefix: variables.EXEC_KEY_PREFIX,
    });
    try {
      return await measure(client, join(variables.EXEC_DATA_DIR, 'work'));
    } finally {
      await client.close();
    }
  } finally {
    await agent.stop();
  }
}
