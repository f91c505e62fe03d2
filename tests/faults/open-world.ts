import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, configSchema } from '../../src/agent/config/config-schema.ts';
import { type AgentProcess, startAgentProcess } from '../agent/agent-process.ts';
import { bundleProgram } from '../agent/bundle-program.ts';
import { channelsOf } from '../agent/channels-of.ts';
import { environmentOf } from '../agent/environment-of.ts';
import { type DockerEngine, startDockerEngine } from '../parts/docker/docker-engine.ts';
import { makeAlpineArchive } from '../parts/images/images.ts';
import { makeRunMarks, type RunMarks } from '../parts/run/mark-runs.ts';
import type { TestRun } from '../parts/run/test-run.ts';
import { cacheDirectory } from '../parts/start-parts.ts';
import { type RedisServer, startRedis } from '../parts/stores/redis.ts';

const programFile = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** All that can break, and the ways to break it; each resolves when what was broken works again. */
export interface World {
  readonly config: Config;
  readonly engine: DockerEngine;
  readonly marks: RunMarks;
  readonly runtimes: readonly ('docker' | 'oci')[];
  /** `kill -9`; the next agent starts at once on the same data directory. */
  killAgent(runtime: 'docker' | 'oci'): Promise<void>;
  killRedis(): Promise<void>;
  restartEngine(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  dataDirOf(runtime: 'docker' | 'oci'): string;
  /** The process of the agent that runs now. */
  pidOf(runtime: 'docker' | 'oci'): number;
  /** Lets the agents end by themselves; returns those that did not do so well. */
  stopAgents(): Promise<readonly string[]>;
  close(): Promise<void>;
}

interface WorldOptions {
  /** No container is started before it has a command. */
  readonly cold: boolean;
  /** Gets what the agents write. */
  readonly onLine: (line: string) => void;
}

/** Longer than an agent needs to come back: then nothing is marked as lost. */
const leaseSeconds = 20;
/** Executions at once, by runtime. */
export const concurrency = { docker: 4, oci: 3 };

/** Two agents with a runtime each, on a Redis that keeps every write and an engine that containers outlive. */
export async function openWorld(run: TestRun, { cold, onLine }: WorldOptions): Promise<World> {
  const at = (name: string) => join(run.directory, name);
  await mkdir(at('redis'), { recursive: true });
  const marks = await makeRunMarks(at('runs'));
  const engine = await startDockerEngine({
    directory: at('docker'),
    cacheDirectory: at('docker-data'),
    cgroupParent: run.cgroup,
    settings: { ...marks.engineSettings, 'live-restore': true },
  });
  await engine.api.load(await makeAlpineArchive(cacheDirectory(), onLine));
  const program = await bundleProgram(programFile, at('program'));
  const startOwnRedis = (port?: number): Promise<RedisServer> =>
    startRedis({ directory: at('redis'), appendOnly: true, ...(port === undefined ? {} : { port }) });
  let redis = await startOwnRedis();
  const config = configSchema.parse({
    port: 'off',
    ...channelsOf('faults'),
    redisUrl: redis.url,
    dockerHost: engine.host,
    leaseSeconds,
    stopGrace: 1,
    minFreeDisk: '1m',
    minFreeMemory: '1m',
    ...(cold && { warmContainers: 0 }),
    answersKept: 1_000_000,
  });
  const dataDirOf = (runtime: string) => at(`agent-${runtime}`);

  const startAgent = async (runtime: 'docker' | 'oci') => {
    const own = { ...config, runtime, dataDir: dataDirOf(runtime), concurrency: concurrency[runtime] };
    const env = { ...environmentOf(own), PATH: `${marks.searchPath}:${process.env.PATH}` };
    const agent = startAgentProcess({ program: [program, 'serve'], env, onLine });
    await agent.ready;
    return agent;
  };
  const runtimes = ['docker', 'oci'] as const;
  const agents = new Map<string, AgentProcess>();
  for (const runtime of runtimes) agents.set(runtime, await startAgent(runtime));

  return {
    config,
    engine,
    marks,
    runtimes,
    dataDirOf,
    pidOf: (runtime) => agents.get(runtime)?.pid ?? 0,
    async killAgent(runtime) {
      const agent = agents.get(runtime);
      agent?.kill('SIGKILL');
      await agent?.ended;
      agents.set(runtime, await startAgent(runtime));
    },
    async killRedis() {
      await redis.kill();
      redis = await startOwnRedis(redis.port);
    },
    restartEngine: (signal) => engine.restart(signal),
    async stopAgents() {
      for (const agent of agents.values()) agent.kill('SIGTERM');
      const ends = await Promise.all([...agents].map(async ([name, { ended }]) => [name, await ended] as const));
      return ends.filter(([, end]) => end !== 0).map(([name, end]) => `the ${name} agent ended with ${end}`);
    },
    async close() {
      for (const agent of agents.values()) agent.kill('SIGKILL');
      await Promise.all([engine.stop(), redis.stop()]);
    },
  };
}
