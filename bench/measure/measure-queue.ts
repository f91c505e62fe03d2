import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { type Config, configSchema } from '../../src/agent/config/config-schema.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { startAgentProcess } from '../../tests/agent/agent-process.ts';
import { bundleProgram } from '../../tests/agent/bundle-program.ts';
import { channelsOf } from '../../tests/agent/channels-of.ts';
import { environmentOf } from '../../tests/agent/environment-of.ts';
import { becomesTrue } from '../../tests/parts/poll.ts';
import { startRedis } from '../../tests/parts/stores/redis.ts';
import type { BenchSize } from '../bench-size.ts';
import { installPrograms } from '../install-programs.ts';
import { round, summarise } from '../summarise.ts';
import { measureLists } from './measure-lists.ts';

const scriptedAgent = fileURLToPath(new URL('../scripted-agent.ts', import.meta.url));
const patienceMs = 120_000;
// Lots of requests that are timed together, and those that one round trip puts into the stream.
const lots = {
  full: { size: 10_000, number: 10 },
  quick: { size: 10_000, number: 1 },
  smoke: { size: 1000, number: 1 },
};
const pipelined = 500;

interface Bench {
  readonly redis: Redis;
  readonly config: Config;
  /** Resident memory of the agent, in MB (10^6 bytes). */
  residentMb(): Promise<number>;
  /** When the next container was started, in epoch milliseconds. */
  nextStart(): Promise<number>;
}

interface Lots {
  /** Requests in each. */
  readonly size: number;
  readonly number: number;
}

/**
 * What the queue costs, on a Redis that appends as the private one does: how fast requests get into it, what it adds to
 * a run, what a long backlog takes of the agent's memory, and how long a page of its list takes.
 */
export async function measureQueue(size: BenchSize, tell: (line: string) => void) {
  await installPrograms(['redis-server', 'util-linux'], tell);
  const directory = await mkdtemp(join(tmpdir(), 'bench-queue-'));
  const program = await bundleProgram(scriptedAgent, join(directory, 'program'));
  const server = await startRedis({ directory, extraArgs: ['--appendonly', 'yes'] });
  const redis = new Redis(server.url);
  const config = configSchema.parse({
    port: 'off',
    ...channelsOf('bench'),
    redisUrl: server.url,
    dataDir: join(directory, 'agent'),
    queueMax: 1_000_000,
    logLevel: 'info',
  });
  const starts: number[] = [];
  const waiting: ((at: number) => void)[] = [];
  const agent = startAgentProcess({
    program: [program],
    env: environmentOf(config),
    onLine(line) {
      if (!line.startsWith('started ')) return;
      const at = Number(line.slice('started '.length));
      const next = waiting.shift();
      if (next === undefined) starts.push(at);
      else next(at);
    },
  });
  try {
    await agent.ready;
    const bench: Bench = {
      redis,
      config,
      async residentMb() {
        const status = await readFile(`/proc/${agent.pid}/status`, 'utf8');
        return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
      },
      nextStart: () => new Promise((resolve) => waiting.push(resolve)),
    };
    const overhead = await measureDispatch(bench, { full: 500, quick: 100, smoke: 1 }[size]);
    const backlog = await measureBacklog(bench, lots[size]);
    return {
      ...overhead,
      ...backlog,
      ...(await measureLists(redis, config, { full: 100, quick: 20, smoke: 1 }[size])),
    };
  } finally {
    agent.kill('SIGKILL');
    await agent.ended;
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** From publishing a request to the start of its container, one at a time; the container itself costs nothing. */
async function measureDispatch({ redis, config, nextStart }: Bench, rounds: number) {
  const samples: number[] = [];
  for (let n = -20; n < rounds; n++) {
    const started = nextStart();
    const begun = performance.timeOrigin + performance.now();
    await redis.publish(config.requestChannel, requestText(n));
    const ms = (await started) - begun;
    if (n >= 0) samples.push(ms);
  }
  const summary = summarise(samples);
  return { dispatch_overhead_ms: summary.median, dispatch_ms: summary };
}

/** Requests through the stream that nobody may take: how fast they are queued, and what they cost the agent. */
async function measureBacklog({ redis, config, residentMb }: Bench, { size: lot, number }: Lots) {
  const requests = lot * number;
  const keys = queueKeys(config.keyPrefix);
  await redis.set(keys.paused, '1');
  const before = await residentMb();
  let highest = before;
  const note = async () => {
    highest = Math.max(highest, await residentMb());
  };
  const perSecond: number[] = [];
  for (let queued = 0; queued < requests; queued += lot) {
    const begun = performance.now();
    for (let sent = queued; sent < queued + lot; sent += pipelined) {
      const pipeline = redis.pipeline();
      for (let n = sent; n < sent + pipelined; n++)
        pipeline.xadd(config.requestChannel, '*', 'request', requestText(n));
      await pipeline.exec();
      await note();
    }
    const allQueued = async () => {
      await note();
      return (await redis.zcard(keys.index('state:queued'))) >= queued + lot;
    };
    if (!(await becomesTrue(allQueued, patienceMs))) throw new Error('not every request was queued');
    perSecond.push((lot / (performance.now() - begun)) * 1000);
  }
  return {
    enqueue_per_s: Math.round(summarise(perSecond).median),
    backlog_rss_growth_mb: round(highest - before),
    backlog_requests: requests,
  };
}

function requestText(n: number): string {
  return JSON.stringify({
    correlation_id: `bench-${process.pid}-${n}-${performance.now()}`,
    container: { image: 'alpine:latest', command: ['echo', 'hello', String(n)] },
    input: { config_data: { n } },
    output: { expected_files: ['result.json'] },
    name: `job-${n % 100}`,
    tags: { team: String(n % 10) },
  });
}
