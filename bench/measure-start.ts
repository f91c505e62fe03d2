import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ExecutionRequest } from '../src/client/index.ts';
import { createRedisClient } from '../src/client/index.ts';
import type { BenchParts } from './bench-parts.ts';
import { interleave, medianOf } from './interleave.ts';
import { serveAgent } from './serve-agent.ts';
import { round } from './summarise.ts';

const run = promisify(execFile);
const request: ExecutionRequest = { container: { image: 'alpine:latest', command: ['true'] }, input: {}, output: {} };

/**
 * Publishing a request until its answer is there, with each runtime, over `docker run` of the same image and command.
 */
export async function measureStart(parts: BenchParts, { quick }: { readonly quick: boolean }) {
  const agents = [];
  const clients = [];
  try {
    for (const runtime of ['docker', 'oci']) {
      const variables = { ...parts.agentVariables(runtime), EXEC_RUNTIME: runtime };
      agents.push(await serveAgent(variables));
      const [requestChannel, responseChannel] = [variables.EXEC_REQUEST_CHANNEL, variables.EXEC_RESPONSE_CHANNEL];
      const client = await createRedisClient({ url: parts.redisUrl, requestChannel, responseChannel });
      clients.push({ runtime, client });
    }
    const idle = await Promise.all(agents.map((agent) => agent.residentMb()));
    const timed = await interleave(
      [
        ...clients.map(({ runtime, client }) => ({
          name: runtime,
          run: async () => {
            const response = await client.run(request);
            if (!response.success) throw new Error(`${runtime}: ${response.error}`);
          },
        })),
        { name: 'docker run', run: () => dockerRun(parts.dockerHost) },
      ],
      { rounds: quick ? 10 : 40, warmups: 3 },
    );
    const peer = medianOf(timed, 'docker run');
    return {
      docker_cold_ratio: round(medianOf(timed, 'docker') / peer),
      oci_ratio: round(medianOf(timed, 'oci') / peer),
      idle_rss_mb: round(Math.max(...idle)),
      ready_ms: round(Math.max(...agents.map(({ readyMs }) => readyMs))),
      start_ms: Object.fromEntries(timed.map(({ name, summary }) => [name, summary])),
    };
  } finally {
    for (const { client } of clients) await client.close();
    for (const agent of agents) await agent.stop();
  }
}

async function dockerRun(host: string): Promise<void> {
  await run('docker', ['--host', host, 'run', '--rm', '--network', 'none', 'alpine:latest', 'true']);
}
