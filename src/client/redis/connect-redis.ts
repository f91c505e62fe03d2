import { Cluster, Redis } from 'ioredis';
import { parseClusterUrl } from '../../wire/redis-address.ts';
import { ClientError } from '../client-error.ts';

export type ClientRedis = Redis | Cluster;

/** A connection that comes back by itself. @throws ClientError when there is none at first */
export async function connectRedis(url: string): Promise<ClientRedis> {
  const redis = open(url);
  // A lost connection comes back by itself; the first failure comes with connect().
  redis.on('error', () => undefined);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    const reason = error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error);
    throw new ClientError(`Redis at ${url.replace(/\/\/[^@/]*@/, '//…@')} cannot be reached: ${reason}.`, {
      cause: error,
    });
  }
  return redis;
}

function open(url: string): ClientRedis {
  const address = parseClusterUrl(url);
  if (address === undefined) return new Redis(url.replace(/^unix:\/\//, ''), { lazyConnect: true });
  const { nodes, username, password, isTls } = address;
  return new Cluster([...nodes], {
    lazyConnect: true,
    dnsLookup: (host, done) => done(null, host),
    redisOptions: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(isTls ? { tls: {} } : {}),
    },
  });
}

/** Publishes a message; returns how many received it. A node of a cluster counts only its own, so all are asked then. */
export async function publishCounted(redis: ClientRedis, channel: string, text: string): Promise<number> {
  const received = await redis.publish(channel, text);
  if (received > 0 || !('slots' in redis)) return received;
  const asked = await Promise.allSettled(redis.nodes('all').map((node) => node.pubsub('NUMSUB', channel)));
  // A node that is away has no listeners. The message was sent: an error would make its sender send it again.
  const counts = asked.flatMap((each) => (each.status === 'fulfilled' ? [Number(each.value[1])] : []));
  const [first] = asked;
  if (counts.length === 0 && first?.status === 'rejected') throw first.reason;
  return counts.reduce((sum, count) => sum + count, 0);
}
