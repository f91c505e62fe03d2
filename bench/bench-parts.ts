import { join } from 'node:path';
import type { S3Program, TestPart } from '../tests/parts/provided.ts';
import { removeRun } from '../tests/parts/run/remove-run.ts';
import { createTestRun, runVariable, type TestRun } from '../tests/parts/run/test-run.ts';
import { startParts } from '../tests/parts/start-parts.ts';

/** Real servers, started for the benchmark alone. */
export interface BenchParts {
  readonly redisUrl: string;
  readonly dockerHost: string;
  readonly directory: string;
  readonly run: TestRun;
  /** Undefined where it is missing. */
  readonly s3Program: S3Program | undefined;
  /** Why a part is missing. */
  readonly missing: ReadonlyMap<TestPart, string>;
  /** Names of all containers of its engine. */
  containers(): Promise<readonly string[]>;
  /** Gets progress, a line each. */
  readonly tell: (line: string) => void;
  /** Variables of an agent that shares nothing with another of a different name. */
  agentVariables(name: string): AgentVariables;
  stop(): Promise<void>;
}

export interface AgentVariables extends Readonly<Record<string, string>> {
  readonly EXEC_DATA_DIR: string;
  readonly EXEC_KEY_PREFIX: string;
  readonly EXEC_CONTROL_CHANNEL: string;
  readonly EXEC_REQUEST_CHANNEL: string;
  readonly EXEC_RESPONSE_CHANNEL: string;
}

const usedParts: readonly TestPart[] = ['docker', 'oci', 'redis', 's3'];

/** @throws when a part is missing, with the reason of each */
export async function startBenchParts(tell: (line: string) => void): Promise<BenchParts> {
  const run = createTestRun();
  process.env[runVariable] = run.directory;
  const { engine, redis, s3Program, missing } = await startParts(run, tell, usedParts);
  const stop = async () => {
    await Promise.all([engine?.stop(), redis?.stop()]);
    removeRun(run);
  };
  if (engine === undefined || redis === undefined) {
    await stop();
    throw new Error([...missing].map(([part, reason]) => `${part}: ${reason}`).join('\n'));
  }
  return {
    redisUrl: redis.url,
    dockerHost: engine.host,
    containers: async () => (await engine.api.containers()).map(({ Names }) => Names[0] ?? ''),
    directory: run.directory,
    run,
    s3Program,
    missing,
    tell,
    agentVariables: (name) => ({
      REDIS_URL: redis.url,
      DOCKER_HOST: engine.host,
      PORT: '0',
      EXEC_DATA_DIR: join(run.directory, `agent-${name}`),
      EXEC_KEY_PREFIX: name,
      EXEC_REQUEST_CHANNEL: `${name}-requests`,
      EXEC_RESPONSE_CHANNEL: `${name}-responses`,
      EXEC_CONTROL_CHANNEL: `${name}-control`,
    }),
    stop,
  };
}

export interface SharedBenchParts {
  /** Starts them when they are first needed. @throws the same reason each time when they cannot be started */
  get(): Promise<BenchParts>;
  stop(): Promise<void>;
}

/** The same servers for several measurements, one after the other. */
export function shareBenchParts(tell: (line: string) => void): SharedBenchParts {
  let started: Promise<BenchParts> | undefined;
  return {
    get() {
      started ??= startBenchParts(tell);
      return started;
    },
    async stop() {
      const parts = await started?.catch(() => undefined);
      await parts?.stop();
    },
  };
}
