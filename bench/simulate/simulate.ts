import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { type Config, configSchema } from '../../src/agent/config/config-schema.ts';
import { queueLimits } from '../../src/agent/config/derive-limits.ts';
import { queueKeys } from '../../src/queue/keys.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { type AgentProcess, startAgentProcess } from '../../tests/agent/agent-process.ts';
import { bundleProgram } from '../../tests/agent/bundle-program.ts';
import { channelsOf } from '../../tests/agent/channels-of.ts';
import { environmentOf } from '../../tests/agent/environment-of.ts';
import { startRedis } from '../../tests/parts/stores/redis.ts';
import { installPrograms } from '../install-programs.ts';
import { round } from '../summarise.ts';
import { measureKeys } from './measure-keys.ts';
import { readProcess } from './read-process.ts';
import { type RedisFigures, readRedis } from './read-redis.ts';
import { sendBursts } from './send-bursts.ts';
import { type EventTracker, trackEvents } from './track-events.ts';

export interface SimulateOptions {
  readonly executions: number;
  readonly agents: number;
  readonly processes: number;
  readonly tell: (line: string) => void;
}

const program = fileURLToPath(new URL('serve-agents.ts', import.meta.url));
const slotsPerAgent = 4;
// Bursts of one large tenant and of smaller ones.
const tenants = [
  { name: 'large', burst: 800 },
  { name: 'middle', burst: 150 },
  { name: 'small', burst: 40 },
  { name: 'tiny', burst: 10 },
];
const backlog = 200;
const sampleMs = 1000;
// A minute for which messages are known and records protected: what Redis holds stops growing early on.
const windowSeconds = 60;
const retained = 10_000;
// Nothing ends for so long: something is lost.
const patienceMs = 90_000;

/** One run of the queue: agents whose containers end at once, and tenants that send bursts. */
export async function simulate({ executions, agents, processes, tell }: SimulateOptions) {
  await installPrograms(['redis-server', 'util-linux'], tell);
  const directory = await mkdtemp(join(tmpdir(), 'simulate-'));
  const server = await startRedis({ directory, extraArgs: ['--appendonly', 'yes'] });
  const [redis, subscriber] = [new Redis(server.url), new Redis(server.url)];
  const config = configSchema.parse({
    ...channelsOf('simulate'),
    redisUrl: server.url,
    dataDir: join(directory, 'agents'),
    port: 'off',
    concurrency: slotsPerAgent,
    dedupeSeconds: windowSeconds,
    retained,
    // Responses that a stream keeps, so that it is full early on as well.
    answersKept: 1000,
    queueMax: 1_000_000,
    minFreeDisk: '1m',
    minFreeMemory: '1m',
  });
  const started: AgentProcess[] = [];
  try {
    const bundled = await bundleProgram(program, join(directory, 'program'));
    for (let at = 0; at < processes; at++) {
      const env = environmentOf({ ...config, dataDir: join(config.dataDir, String(at)) });
      started.push(startAgentProcess({ program: [bundled, String(Math.ceil(agents / processes))], env, onLine: tell }));
    }
    await Promise.all(started.map(({ ready }) => ready));
    tell(`${agents} agents in ${processes} processes are ready`);
    const tracker = await trackEvents(subscriber, config.eventsChannel);
    return await measure({ redis, subscriber, config, tracker, started, executions, agents, tell });
  } finally {
    for (const agent of started) agent.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    redis.disconnect();
    subscriber.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Run extends Pick<SimulateOptions, 'executions' | 'agents' | 'tell'> {
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly config: Config;
  readonly tracker: EventTracker;
  readonly started: readonly AgentProcess[];
}

async function measure(run: Run) {
  const { redis, subscriber, config, tracker, started, executions, agents, tell } = run;
  const queue = await openQueue({
    redis,
    subscriber,
    prefix: config.keyPrefix,
    agent: 'sender',
    home: 'sender',
    events: config.eventsChannel,
    leaseMs: config.leaseSeconds * 1000,
    limits: queueLimits(config),
  });
  const usage = async () => {
    const each = await Promise.all(started.map(({ pid }) => readProcess(pid)));
    return {
      cpuSeconds: each.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      residentMb: each.reduce((sum, { residentMb }) => sum + residentMb, 0),
    };
  };
  await redis.config('RESETSTAT');
  const [before, usedBefore] = [await readRedis(redis), await usage()];
  const samples: Sample[] = [];
  const begun = performance.now();
  const sending = sendBursts({
    queue,
    executions,
    tenants,
    backlog,
    ended: tracker.ended,
    windowMs: config.dedupeSeconds * 1000,
  });
  // The wait below ends when nothing arrives any more.
  sending.catch(() => undefined);
  let [last, lastAt] = [0, begun];
  while (tracker.ended() < executions && performance.now() - lastAt < patienceMs) {
    await delay(sampleMs);
    const records = await redis.zcard(queueKeys(config.keyPrefix).index('all'));
    const { memoryBytes } = await readRedis(redis);
    samples.push({ at: tracker.ended(), memoryBytes, records, residentMb: (await usage()).residentMb });
    if (tracker.ended() > last) [last, lastAt] = [tracker.ended(), performance.now()];
    if (samples.length % 10 === 0) tell(`${tracker.ended()} of ${executions} ended, ${records} records`);
  }
  const seconds = (performance.now() - begun) / 1000;
  if (tracker.ended() === executions) await sending;
  const [after, usedAfter] = [await readRedis(redis), await usage()];
  return {
    executions,
    agents,
    seconds: round(seconds),
    executions_per_s: round(executions / seconds),
    lost: executions - tracker.ended(),
    double: tracker.doubled(),
    failed: tracker.failed(),
    ...waitsOf(tracker),
    ...redisFigures(before, after, executions),
    ...memoryFigures(before, after, samples),
    redis_bytes_by_key: await measureKeys(redis, config.keyPrefix),
    agent_cpu_ms_per_execution: round(((usedAfter.cpuSeconds - usedBefore.cpuSeconds) / executions) * 1000),
    agents_rss_mb: growth(samples.map(({ residentMb }) => residentMb)),
  };
}

interface Sample {
  /** Executions that had ended. */
  readonly at: number;
  readonly memoryBytes: number;
  readonly records: number;
  readonly residentMb: number;
}

function waitsOf({ waits }: EventTracker) {
  const figures = (values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(share * sorted.length)] ?? 0);
    return { p50: at(0.5), p99: at(0.99) };
  };
  const byTenant = [...waits].map(([tenant, values]) => [tenant, figures(values)] as const);
  return { wait_ms: figures([...waits.values()].flat()), wait_ms_by_tenant: Object.fromEntries(byTenant) };
}

function redisFigures(before: RedisFigures, after: RedisFigures, executions: number) {
  const calls = [...after.calls].toSorted(([, one], [, other]) => other - one);
  const perExecution = (value: number) => round(value / executions);
  return {
    redis_commands_per_execution: perExecution(calls.reduce((sum, [, count]) => sum + count, 0)),
    redis_scripts_per_execution: perExecution((after.calls.get('evalsha') ?? 0) + (after.calls.get('eval') ?? 0)),
    redis_cpu_ms_per_execution: perExecution((after.cpuSeconds - before.cpuSeconds) * 1000),
    // RESETSTAT sets these to zero.
    redis_bytes_in_per_execution: Math.round(after.bytesIn / executions),
    redis_bytes_out_per_execution: Math.round(after.bytesOut / executions),
    redis_commands: Object.fromEntries(calls.slice(0, 12).map(([name, count]) => [name, perExecution(count)])),
  };
}

function memoryFigures(before: RedisFigures, after: RedisFigures, samples: readonly Sample[]) {
  const perRecord = samples
    .filter(({ records }) => records > 0)
    .map(({ memoryBytes, records }) => (memoryBytes - before.memoryBytes) / records)
    .toSorted((a, b) => a - b);
  return {
    redis_memory_peak_mb: round(after.peakBytes / 1e6),
    redis_memory_mb: growth(samples.map(({ memoryBytes }) => memoryBytes / 1e6)),
    redis_bytes_per_record: Math.round(perRecord[Math.floor(perRecord.length / 2)] ?? 0),
    records: growth(samples.map(({ records }) => records)),
  };
}

/** The same at three times: memory that leaks grows from the second to the third. */
function growth(values: readonly number[]) {
  const at = (share: number) => round(values[Math.floor(share * (values.length - 1))] ?? 0);
  return { at_quarter: at(0.25), at_half: at(0.5), at_end: at(1) };
}
