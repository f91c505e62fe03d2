import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { delay } from '../support/deadline.ts';
import { ExecError, errnoOf } from '../support/exec-error.ts';
import { withFileLock } from '../support/file-lock.ts';
import { findProgram } from '../support/find-program.ts';

export interface PrivateRedis {
  readonly url: string;
  /** False when one of an earlier agent was still running. */
  readonly started: boolean;
}

// sun_path holds 108 bytes; a deeper data directory gets its socket in the temporary one.
const longestSocketPath = 100;
const startMs = 10_000;
const pollMs = 20;
const clientPrefix = 'exec-agent:';

/**
 * A redis-server of the agent's own, on a Unix socket that only this user can open. It outlives a crash of the agent,
 * and the next agent on the same data directory finds it again.
 * @throws ExecError RUNTIME_UNAVAILABLE when redis-server is missing or does not start
 */
export async function startPrivateRedis(dataDir: string, searchPath: string): Promise<PrivateRedis> {
  const dir = join(resolve(dataDir), 'redis');
  await mkdir(dir, { recursive: true, mode: 0o700 });
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
    await launch(program, dir, socket);
    const url = `unix://${socket}`;
    await waitUntilAnswering(url, join(dir, 'redis.log'));
    await writeFile(join(dir, 'url.new'), url, { mode: 0o600 });
    await rename(join(dir, 'url.new'), join(dir, 'url'));
    return { url, started: true };
  });
}

/** The URL of the private Redis that runs for this data directory. */
export async function findPrivateRedis(dataDir: string): Promise<string | undefined> {
  try {
    const url = await readFile(join(resolve(dataDir), 'redis', 'url'), 'utf8');
    return (await answers(url)) ? url : undefined;
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
  } finally {
    // Disconnecting what has ended already would keep a timer for two seconds.
    if (redis.status !== 'end') redis.disconnect();
  }
}

async function socketPath(dir: string): Promise<string> {
  const direct = join(dir, 'redis.sock');
  if (direct.length <= longestSocketPath) return direct;
  const short = join(tmpdir(), `exec-agent-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`);
  await mkdir(short, { recursive: true, mode: 0o700 });
  return join(short, 'redis.sock');
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
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
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
