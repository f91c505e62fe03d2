import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { configSchema } from '../../src/agent/config/config-schema.ts';
import { createHttpClient } from '../../src/client/index.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { createLiveLog } from '../../src/queue/live-log.ts';
import { startAgentProcess } from '../../tests/agent/agent-process.ts';
import { bundleProgram } from '../../tests/agent/bundle-program.ts';
import { channelsOf } from '../../tests/agent/channels-of.ts';
import { environmentOf } from '../../tests/agent/environment-of.ts';
import { startRedis } from '../../tests/parts/stores/redis.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { round, summarise } from '../summarise.ts';

const scriptedAgent = fileURLToPath(new URL('../scripted-agent.ts', import.meta.url));
const connections = 32;
const lot = 1000;
const followers = 100;
const pieceBytes = 4096;

const readySchema = z.object({ http: z.string() });

/** How fast requests are accepted over HTTP, and what a hundred followers of one log take of the agent's memory. */
export async function measureHttp(size: BenchSize, tell: (line: string) => void) {
  await installPrograms(['redis-server', 'util-linux'], tell);
  const directory = await mkdtemp(join(tmpdir(), 'bench-http-'));
  const program = await bundleProgram(scriptedAgent, join(directory, 'program'));
  const server = await startRedis({ directory, extraArgs: ['--appendonly', 'yes'] });
  const redis = new Redis(server.url);
  const config = configSchema.parse({
    ...channelsOf('bench'),
    port: 0,
    httpRate: 0,
    redisUrl: server.url,
    dataDir: join(directory, 'agent'),
    queueMax: 1_000_000,
    tenantOpen: 1_000_000,
    logLevel: 'info',
  });
  let url = '';
  const agent = startAgentProcess({
    program: [program],
    env: { ...environmentOf(config), LOG_LEVEL: 'info' },
    onLine(line) {
      if (line.includes('ready for requests')) url = readySchema.parse(JSON.parse(line)).http;
    },
  });
  const residentMb = async () => {
    const status = await readFile(`/proc/${agent.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  };
  try {
    await agent.ready;
    // What runs would be measured too.
    await redis.set(queueKeys(config.keyPrefix).paused, '1');
    const submitted = await measureSubmits(url, { full: 10, quick: 3, smoke: 1 }[size]);
    const log = createLiveLog({
      redis,
      prefix: config.keyPrefix,
      channel: config.logsChannel,
      kept: 100_000,
      keepMs: 600_000,
    });
    const client = createHttpClient({ url });
    const id = await client.submit({ container: { image: 'alpine:latest' } });
    const pieces = { full: 2000, quick: 500, smoke: 100 }[size];
    const text = `${'x'.repeat(pieceBytes - 1)}\n`;
    for (let n = 0; n < pieces; n++) {
      const place = { attempt: '1.0', from: n * pieceBytes, to: (n + 1) * pieceBytes, end: (n + 1) * pieceBytes };
      await log.write(id, { stream: 'stdout', time: n, text }, place);
    }
    const follow = async () => {
      let seen = 0;
      for await (const _ of client.logs(id)) {
        seen += 1;
        if (seen === pieces) return;
      }
    };
    const highestOfRound = async () => {
      let highest = 0;
      const watch = setInterval(async () => {
        highest = Math.max(highest, await residentMb());
      }, 50);
      await Promise.all(Array.from({ length: followers }, follow));
      clearInterval(watch);
      return highest;
    };
    const before = await residentMb();
    const first = await highestOfRound();
    const second = await highestOfRound();
    return {
      http_submit_per_s: Math.round(summarise(submitted).median),
      log_followers: followers,
      log_followers_mb: round((followers * pieces * pieceBytes) / 1e6),
      log_followers_rss_growth_mb: round(first - before),
      log_followers_second_round_growth_mb: round(second - first),
    };
  } finally {
    agent.kill('SIGKILL');
    await agent.ended;
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Requests per second of each lot, over kept connections. */
async function measureSubmits(url: string, lots: number): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const perSecond: number[] = [];
  try {
    for (let n = -1; n < lots; n++) {
      let left = lot;
      const begun = performance.now();
      const work = async () => {
        while (left-- > 0) await submit(url, agent, `bench-${n}-${left}`);
      };
      await Promise.all(Array.from({ length: connections }, work));
      // The first warms up.
      if (n >= 0) perSecond.push((lot / (performance.now() - begun)) * 1000);
    }
  } finally {
    agent.destroy();
  }
  return perSecond;
}

function submit(url: string, agent: Agent, correlationId: string): Promise<void> {
  const body = JSON.stringify({
    correlation_id: correlationId,
    container: { image: 'alpine:latest', command: ['echo', 'hello'] },
    output: { expected_files: ['result.json'] },
  });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${url}/v1/executions`, { method: 'POST', headers, agent }, (response) => {
      if (response.statusCode !== 202) reject(new Error(`a submission was answered with ${response.statusCode}`));
      response.resume().once('end', resolve);
    });
    asked.once('error', reject).end(body);
  });
}
