import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { checkDirectory, claimDirectory } from '../../support/directories/claim-directory.ts';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { withFileLock } from '../../support/files/file-lock.ts';
import { findProgram } from '../../support/processes/find-program.ts';
import { delay } from '../../support/time/deadline.ts';

export interface PrivateRedis {
  readonly url: string;
  /** False when one of an earlier agent was still running. */
  readonly started: boolean;
}

// sun_path holds 108 bytes; a deeper data directory gets its socket below the temporary one.
const longestSocketPath = 100;
// A fixed name could be made by anyone before it is needed.
const shortPrefix = 'exec-agent-redis-';
const startMs = 10_000;
const pollMs = 20;
const clientPrefix = 'exec-agent:';
// By default Redis cuts a subscriber that has 32 MiB unread: a few large requests at once would be lost.
const subscriberLimit = ['pubsub', '512mb', '0', '0'];

/**
 * A redis-server of the agent's own, on a Unix socket that only this user can open. It outlives a crash of the agent,
 * and the next agent on the same data directory finds it again.
 * @throws ExecError RUNTIME_UNAVAILABLE when redis-server is missing or does not start, or when another user could have
 *   written to the directory
 */
export async function startPrivateRedis(dataDir: string, searchPath: string): Promise<PrivateRedis> {
  const dir = await claimDirectory(redisDirectory(dataDir));
  const running = await findPrivateRedis(dataDir);
  if (running !== undefined) return { url: running, started: false };
  const program = await findProgram('redis-server', searchPath);
  if (program === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      'redis-server was not found. Install it (Debian: apt-get install redis-server), or set REDIS_URL.',
    );
  return withFileLock(join(dir, 'lock'), { waitMs: 2 * startMs }, async () => {
    const startedMeanwhile = await findPrivateRedis(dataDir);
    if (startedMeanwhile !== undefined) return { url: startedMeanwhile, started: false };
    const socket = await socketPath(dir);
    const url = `unix://${socket}`;
    try {
      await launch(program, dir, socket);
      await waitUntilAnswering(url, join(dir, 'redis.log'));
    } catch (error) {
      await removeTemporary(url);
      throw error;
    }
    await writeFile(join(dir, 'url.new'), url, { mode: 0o600 });
    await rename(join(dir, 'url.new'), join(dir, 'url'));
    return { url, started: true };
  });
}

/**
 * The URL of the private Redis that runs for this data directory.
 * @throws ExecError RUNTIME_UNAVAILABLE when another user could have written it
 */
export async function findPrivateRedis(dataDir: string): Promise<string | undefined> {
  const dir = await checkDirectory(redisDirectory(dataDir));
  const url = dir === undefined ? undefined : await readUrl(dir);
  return url !== undefined && (await answers(url)) ? url : undefined;
}

function redisDirectory(dataDir: string) {
  return { path: join(resolve(dataDir), 'redis'), setting: 'EXEC_DATA_DIR' };
}

async function readUrl(dir: string): Promise<string | undefined> {
  try {
    return await readFile(join(dir, 'url'), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Stops it unless another agent is connected. */
export async function stopPrivateRedis(url: string): Promise<void> {
  const redis = probeConnection(url);
  try {
    await redis.connect();
    const clients = String(await redis.client('LIST'));
    if (clients.includes(`name=${clientPrefix}`)) return;
    // The connection ends before a reply can come.
    await redis.shutdown('SAVE').catch(() => undefined);
    await removeTemporary(url);
  } finally {
    // Disconnecting what has ended already would keep a timer for two seconds.
    if (redis.status !== 'end') redis.disconnect();
  }
}

async function socketPath(dir: string): Promise<string> {
  const direct = join(dir, 'redis.sock');
  if (Buffer.byteLength(direct) <= longestSocketPath) return direct;
  // A server that was killed left its directory.
  await removeTemporary((await readUrl(dir)) ?? '');
  const temporary = await claimDirectory({ path: await mkdtemp(join(tmpdir(), shortPrefix)), setting: 'TMPDIR' });
  return join(temporary, 'redis.sock');
}

/** Removes the directory of a socket whose server has ended, if it is one below the temporary directory. */
async function removeTemporary(url: string): Promise<void> {
  const directory = dirname(url.replace(/^unix:\/\//, ''));
  if (basename(directory).startsWith(shortPrefix)) await rm(directory, { recursive: true, force: true });
}

async function launch(program: string, dir: string, socket: string): Promise<void> {
  const settings = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir,
    appendonly: 'yes',
    save: '',
    logfile: join(dir, 'redis.log'),
  };
  const args = [
    ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ...['--client-output-buffer-limit', ...subscriberLimit],
  ];
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', fail);
  });
  child.unref();
}

async function waitUntilAnswering(url: string, log: string): Promise<void> {
  const end = performance.now() + startMs;
  while (performance.now() < end) {
    if (await answers(url)) return;
    await delay(pollMs);
  }
  throw new ExecError('RUNTIME_UNAVAILABLE', `The private redis-server did not start; ${log} says why.`);
}

async function answers(url: string): Promise<boolean> {
  const redis = probeConnection(url);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    // Not answering is what was asked.
    return false;
  } finally {
    redis.disconnect();
  }
}

function probeConnection(url: string): Redis {
  const redis = new Redis(url.replace(/^unix:\/\//, ''), { lazyConnect: true, retryStrategy: () => null });
  // A listener has to be there; the failure itself comes with the command.
  redis.on('error', () => undefined);
  return redis;
}
