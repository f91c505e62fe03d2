import type { Cluster, Redis } from 'ioredis';

/** A connection to one server (or to the one that sentinels name), or to a Redis Cluster. Both have the same commands. */
export type AnyRedis = Redis | Cluster;

export function isCluster(redis: AnyRedis): redis is Cluster {
  return 'slots' in redis;
}

/** One more connection to the same place. */
export function duplicateRedis(redis: AnyRedis): AnyRedis {
  return isCluster(redis) ? redis.duplicate() : redis.duplicate();
}

/**
 * Publishes a message; returns the number of connections that received it. A node of a cluster counts only its own, so
 * there all nodes are asked who listens.
 */
export async function publishCounted(redis: AnyRedis, channel: string, text: string): Promise<number> {
  const received = await redis.publish(channel, text);
  if (received > 0 || !isCluster(redis)) return received;
  const asked = await Promise.allSettled(redis.nodes('all').map((node) => node.pubsub('NUMSUB', channel)));
  // A node that is away has no listeners. The message was sent: an error would make its sender send it again.
  const counts = asked.flatMap((each) => (each.status === 'fulfilled' ? [Number(each.value[1])] : []));
  const [first] = asked;
  if (counts.length === 0 && first?.status === 'rejected') throw first.reason;
  return counts.reduce((sum, count) => sum + count, 0);
}
