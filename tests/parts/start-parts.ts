import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/support/exec-error.ts';
import { type DockerEngine, startDockerEngine } from './docker/docker-engine.ts';
import { loadImages, makeAlpineArchive, makePythonArchive } from './images/images.ts';
import type { ImageArchives, S3Program, TestPart } from './provided.ts';
import { takeEngineLeftovers } from './run/leftovers.ts';
import type { TestRun } from './run/test-run.ts';
import { type RedisServer, startRedis } from './stores/redis.ts';
import { installS3Program } from './stores/s3-programs.ts';
import { findMissingParts } from './test-parts.ts';

export interface StartedParts {
  readonly engine: DockerEngine | undefined;
  readonly redis: RedisServer | undefined;
  readonly s3Program: S3Program | undefined;
  readonly archives: Partial<ImageArchives>;
  readonly missing: ReadonlyMap<TestPart, string>;
}

/** Goes up with every change to what the images hold. */
const cacheVersion = 'v2';

/** Where all runs on this machine keep what takes long to make. */
export function cacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'exec-agent-tests', cacheVersion);
}

/**
 * Installs, makes and starts all that the suites share; what cannot be had is in `missing`, with the reason.
 * @param used the only parts that are needed; absent: all
 */
export async function startParts(
  run: TestRun,
  tell: (line: string) => void,
  used?: readonly TestPart[],
): Promise<StartedParts> {
  const missing = await findMissingParts(tell, used);
  const cache = cacheDirectory();
  const attempt = async <T>(parts: readonly TestPart[], start: () => Promise<T>): Promise<T | undefined> => {
    const wanted = parts.filter((part) => !missing.has(part) && used?.includes(part) !== false);
    if (wanted.length === 0) return undefined;
    try {
      return await start();
    } catch (error) {
      for (const part of wanted) missing.set(part, messageOf(error));
      return undefined;
    }
  };
  const alpine = await attempt(['docker', 'oci'], () => makeAlpineArchive(cache, tell));
  const python = await attempt(['debian-image'], () => makePythonArchive(cache, tell));
  const archives = { ...(alpine === undefined ? {} : { alpine }), ...(python === undefined ? {} : { python }) };
  const engine = await attempt(['docker'], async () => {
    const started = await startDockerEngine({
      directory: join(run.directory, 'docker'),
      cacheDirectory: cache,
      cgroupParent: run.cgroup,
    });
    // An engine that was killed had no time for this.
    await takeEngineLeftovers(started.api, 0);
    await loadImages(started.api, archives);
    return started;
  });
  const redis = await attempt(['redis'], () => startRedis({ directory: join(run.directory, 'redis') }));
  const s3Program = await attempt(['s3'], () => installS3Program(cache, tell));
  return { engine, redis, s3Program, archives, missing };
}
