import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { type ExecutionResponse, executionResponseSchema } from '../../../src/wire/response/response.ts';
import { type CliEnd, type CliOptions, runCli } from './run-cli.ts';

/** A directory and settings for the command lines of one test file; made before its tests, removed after them. */
export interface CliPlace {
  readonly cwd: string;
  readonly options: CliOptions;
  exec(...args: string[]): Promise<CliEnd>;
}

export function useCli(): CliPlace {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'cli-'));
  });
  afterAll(() => rm(cwd, { recursive: true }));
  return {
    get cwd() {
      return cwd;
    },
    get options() {
      const env = { EXEC_RUNTIME: 'docker', DOCKER_HOST: inject('docker').host, EXEC_DATA_DIR: join(cwd, 'data') };
      return { cwd, env };
    },
    exec(...args) {
      return runCli(args, this.options);
    },
  };
}

/** Standard output holds the response on one line and nothing else. */
export function responseOf({ stdout, stderr }: CliEnd): ExecutionResponse {
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return executionResponseSchema.parse(JSON.parse(stdout));
}
