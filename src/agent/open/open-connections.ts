import type { AnyRedis } from '../../support/any-redis.ts';
import { allEnded } from '../../support/time/all-ended.ts';
import type { Closer } from '../../support/time/closing.ts';
import type { AgentContext } from '../agent-types.ts';
import type { Config } from '../config/config-schema.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { startPrivateRedis, stopPrivateRedis } from '../redis/private-redis.ts';
import { readCa } from '../redis/read-ca.ts';

/** One connection for each way of using Redis: one that subscribes or waits can do nothing else. */
export interface Connections {
  readonly url: string;
  readonly embedded: boolean;
  readonly redis: AnyRedis;
  readonly subscriber: AnyRedis;
  readonly streamReader: AnyRedis;
  /** One more, for another use. */
  connect(use: string): Promise<AnyRedis>;
  /** Soon nothing waits for an answer any more: what does fails. */
  giveUp(): void;
}

const connectMs = 30_000;

/** @throws ExecError RUNTIME_UNAVAILABLE */
export async function openConnections(
  config: Config,
  { logger, searchPath = '' }: AgentContext,
  { agent, closer }: { readonly agent: string; readonly closer: Closer },
): Promise<Connections> {
  const embedded = config.redisUrl === undefined;
  const url = config.redisUrl ?? (await startPrivateRedis(config.dataDir, searchPath)).url;
  if (embedded) closer.add(() => stopPrivateRedis(url));
  const ca = await readCa(config);
  const givingUp = new AbortController();
  const common = { url, ca, connectMs, giveUp: givingUp.signal, logger };
  const opened: AnyRedis[] = [];
  const connect = async (use: string) => {
    const redis = await connectRedis({ ...common, name: `exec-agent:${agent}:${use}` });
    opened.push(redis);
    closer.add(() => redis.disconnect());
    return redis;
  };
  // When Redis is out of reach, the first says so.
  const redis = await connect('commands');
  const [subscriber, streamReader] = await allEnded([connect('subscriber'), connect('stream')]);
  const giveUp = () => {
    givingUp.abort();
    // One that waits for its next try would take what it was asked with it; the try itself ends it.
    for (const connection of opened) if (connection.status !== 'reconnecting') connection.disconnect();
  };
  return { url, embedded, redis, subscriber, streamReader, connect, giveUp };
}
