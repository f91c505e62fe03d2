import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { becomesTrue } from '../poll.ts';
import { findFreePort } from '../processes/free-port.ts';
import { startDaemon } from '../processes/start-daemon.ts';
import { type RedisServer, startRedis } from './redis.ts';

/** A master, its replica, and a sentinel that replaces the one by the other. */
export interface SentinelGroup {
  /** Of the sentinel, on loopback. */
  readonly port: number;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

const downAfterMs = 500;
const failoverMs = 5000;
const patienceMs = 30_000;

/** @param password asked of everyone who talks to the master or its replica */
export async function startSentinelGroup(name: string, password: string): Promise<SentinelGroup> {
  const login = ['--requirepass', password, '--masterauth', password];
  const master = await startRedis({ extraArgs: login });
  const replicaOf = ['--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0'];
  const replica = await startRedis({ extraArgs: [...login, ...replicaOf] });
  const directory = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const port = await findFreePort();
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel auth-pass ${name} ${password}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} ${failoverMs}`,
  ];
  await writeFile(join(directory, 'sentinel.conf'), `${lines.join('\n')}\n`);
  const sentinel = await startDaemon({
    program: 'redis-server',
    args: [join(directory, 'sentinel.conf'), '--sentinel'],
    logFile: join(directory, 'sentinel.log'),
    isReady: () => knowsReplica(port, name),
  });
  return {
    port,
    master,
    replica,
    async stop() {
      await Promise.all([sentinel.stop(), master.stop(), replica.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Only then can it replace the master. */
async function knowsReplica(port: number, name: string): Promise<boolean> {
  const redis = new Redis(port, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const isReplicaReady = async () => {
      const facts = String(await redis.call('SENTINEL', 'REPLICAS', name));
      return facts.includes('master-link-status,ok');
    };
    return await becomesTrue(isReplicaReady, patienceMs);
  } catch {
    // It does not listen yet.
    return false;
  } finally {
    redis.disconnect();
  }
}
