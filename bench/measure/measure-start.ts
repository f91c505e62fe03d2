import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ExecutionRequest } from '../../src/client/index.ts';
import { createRedisClient } from '../../src/client/index.ts';
import { ociWaits } from '../../tests/parts/oci-waits.ts';
import { becomesTrue } from '../../tests/parts/poll.ts';
import type { BenchParts } from '../bench-parts.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { interleave, medianOf } from '../interleave.ts';
import { serveAgent } from '../serve-agent.ts';
import { round } from '../summarise.ts';

const run = promisify(execFile);
const request: ExecutionRequest = { container: { image: 'alpine:latest', command: ['true'] }, input: {}, output: {} };

const contenders = [
  { name: 'docker', runtime: 'docker', warm: 0 },
  { name: 'docker warm', runtime: 'docker', warm: 1 },
  { name: 'oci', runtime: 'oci', warm: 0 },
  { name: 'oci warm', runtime: 'oci', warm: 1 },
] as const;
const patienceMs = 30_000;
// Containers of the last run are still removed, and another that waits is made.
const pauseMs = 300;

/**
 * Publishing a request until its answer is there, with each runtime, over `docker run` of the same image and command. A warm
 * container is waited for before the time is taken.
 */
export async function measureStart(parts: BenchParts, size: BenchSize) {
  await installPrograms(['docker-cli'], parts.tell);
  const agents = [];
  const clients = [];
  try {
    for (const { name, runtime, warm } of contenders) {
      const given = { EXEC_RUNTIME: runtime, EXEC_WARM_CONTAINERS: String(warm) };
      const variables = { ...parts.agentVariables(name.replace(' ', '-')), ...given };
      agents.push(await serveAgent(variables));
      const [requestChannel, responseChannel] = [variables.EXEC_REQUEST_CHANNEL, variables.EXEC_RESPONSE_CHANNEL];
      const client = await createRedisClient({ url: parts.redisUrl, requestChannel, responseChannel });
      const { EXEC_DATA_DIR: dataDir } = variables;
      const waits = () => (runtime === 'oci' ? ociWaits(dataDir) : dockerWaits(parts.dockerHost));
      clients.push({ name, client, ...(warm > 0 && { before: () => untilOneWaits(waits) }) });
    }
    const idle = await Promise.all(agents.map((agent) => agent.residentMb()));
    const runs: number[] = [];
    const timed = await interleave(
      [
        ...clients.map(({ name, client, before = async () => undefined }, index) => ({
          name,
          // There is none before something has run.
          before: async () => {
            if ((runs[index] ?? 0) > 1) await before();
          },
          run: async () => {
            const response = await client.run(request);
            if (!response.success) throw new Error(`${name}: ${response.error}`);
            runs[index] = (runs[index] ?? 0) + 1;
          },
        })),
        { name: 'docker run', run: () => dockerRun(parts.dockerHost) },
      ],
      { rounds: { full: 40, quick: 10, smoke: 1 }[size], warmups: size === 'smoke' ? 2 : 3, pauseMs },
    );
    const peer = medianOf(timed, 'docker run');
    return {
      docker_cold_ratio: round(medianOf(timed, 'docker') / peer),
      docker_warm_ratio: round(medianOf(timed, 'docker warm') / peer),
      oci_ratio: round(medianOf(timed, 'oci') / peer),
      oci_warm_ratio: round(medianOf(timed, 'oci warm') / peer),
      idle_rss_mb: round(Math.max(...idle)),
      ready_ms: round(Math.max(...agents.map(({ readyMs }) => readyMs))),
      start_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
    };
  } finally {
    for (const { client } of clients) await client.close();
    for (const agent of agents) await agent.stop();
  }
}

async function dockerWaits(host: string): Promise<boolean> {
  const filters = ['--filter', 'label=exec-agent.role=warm', '--filter', 'status=running'];
  const { stdout } = await run('docker', ['--host', host, 'ps', '--quiet', ...filters]);
  return stdout !== '';
}

async function untilOneWaits(waits: () => Promise<boolean>): Promise<void> {
  if (!(await becomesTrue(waits, patienceMs))) throw new Error('no container was made ready');
}

async function dockerRun(host: string): Promise<void> {
  await run('docker', ['--host', host, 'run', '--rm', '--network', 'none', 'alpine:latest', 'true']);
}
