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
  const counts = await Promise.all(redis.nodes('all').map((node) => node.pubsub('NUMSUB', channel)));
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
