import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../processes/free-port.ts';
import { type Daemon, startDaemon } from '../processes/start-daemon.ts';

export interface RedisOptions {
  /** Where its data and log go; one of its own that `stop` removes when absent. */
  readonly directory?: string;
  /** Fixed for a server that is started again; a free one when absent. */
  readonly port?: number;
  /** Every write is on disk before it is answered. */
  readonly appendOnly?: boolean;
  /** Further lines of redis.conf, such as `['--maxmemory', '1mb']`. */
  readonly extraArgs?: readonly string[];
}

export interface RedisServer {
  readonly pid: number;
  readonly port: number;
  /** `redis://127.0.0.1:…` */
  readonly url: string;
  /** The same server on a Unix socket. */
  readonly socket: string;
  readonly directory: string;
  /** As `kill -9` does; the data directory stays. */
  kill(): Promise<void>;
  /** Ends it, and removes its directory unless the caller chose it. */
  stop(): Promise<void>;
}

/** A redis-server on loopback, ready for commands. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'redis-')));
  await mkdir(directory, { recursive: true });
  const port = options.port ?? (await findFreePort());
  const socket = join(directory, 'redis.sock');
  const daemon = await startDaemon({
    program: 'redis-server',
    args: redisArgs(directory, port, socket, options),
    logFile: join(directory, 'redis.log'),
    isReady: () => answersPing(socket),
  });
  const removesDirectory = options.directory === undefined;
  return {
    pid: daemon.pid,
    port,
    url: `redis://127.0.0.1:${port}`,
    socket,
    directory,
    ...endings(daemon, directory, removesDirectory),
  };
}

function endings(daemon: Daemon, directory: string, removesDirectory: boolean): Pick<RedisServer, 'kill' | 'stop'> {
  return {
    kill: () => daemon.stop('SIGKILL'),
    stop: async () => {
      await daemon.stop();
      if (removesDirectory) await rm(directory, { recursive: true, force: true });
    },
  };
}

function redisArgs(directory: string, port: number, socket: string, options: RedisOptions): readonly string[] {
  const durable =
    options.appendOnly === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--unixsocket', socket, '--dir', directory];
  return [...place, '--save', '', ...durable, ...(options.extraArgs ?? [])];
}

/** Whether a Redis listens there and has loaded its data. */
function answersPing(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => connection.write('PING\r\n'));
    connection.once('data', (data) => {
      // One that asks for a password is ready, too.
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
      connection.destroy();
    });
    connection.once('error', () => resolve(false));
    connection.once('close', () => resolve(false));
  });
}
