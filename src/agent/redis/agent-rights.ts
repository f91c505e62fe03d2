import type { Config } from '../config/config-schema.ts';

/**
 * The commands of Redis that an agent uses, also inside of its scripts, each with arguments that change nothing on a key
 * that holds a string. `deploy/redis/users.acl` grants these commands.
 */
export function agentCommands(key: string): readonly (readonly (string | number)[])[] {
  return [
    ['ping'],
    ['info', 'server'],
    ['time'],
    ['client|setname', 'exec-agent-doctor'],
    ['client|id'],
    ['client|unblock', 0],
    ['get', key],
    ['set', key, '', 'XX', 'KEEPTTL'],
    ['exists', key],
    ['pexpire', key, 1, 'GT'],
    ['rename', key, key],
    ['hget', key, 'a'],
    ['hmget', key, 'a'],
    ['hgetall', key],
    ['hset', key, 'a', 'b'],
    ['hdel', key, 'a'],
    ['hexists', key, 'a'],
    ['hlen', key],
    ['hincrby', key, 'a', 1],
    ['sadd', key, 'a'],
    ['srem', key, 'a'],
    ['scard', key],
    ['sismember', key, 'a'],
    ['smembers', key],
    ['srandmember', key, 1],
    ['zadd', key, 'XX', 1, 'a'],
    ['zrem', key, 'a'],
    ['zcard', key],
    ['zcount', key, 0, 1],
    ['zscore', key, 'a'],
    ['zrange', key, 0, 0],
    ['zrangebyscore', key, 0, 1],
    ['zrevrangebyscore', key, 1, 0],
    ['zpopmin', key],
    ['zinterstore', key, 1, key],
    ['zremrangebyscore', key, 0, 1],
    ['xadd', key, 'NOMKSTREAM', '*', 'a', 'b'],
    ['xdel', key, '0-0'],
    ['xack', key, 'a', '0-0'],
    ['xlen', key],
    ['xrange', key, '-', '+', 'COUNT', 1],
    ['xrevrange', key, '+', '-', 'COUNT', 1],
    ['xreadgroup', 'GROUP', 'a', 'a', 'COUNT', 1, 'STREAMS', key, '>'],
    ['xautoclaim', key, 'a', 'a', 1, '0'],
    ['xgroup|create', key, 'a', '0'],
    ['publish', key, ''],
    ['eval', 'return 1', 1, key],
    ['evalsha', '0'.repeat(40), 1, key],
  ];
}

/** Further ones on a Redis Cluster. */
export const clusterCommands: readonly string[][] = [
  ['cluster|slots'],
  ['cluster|info'],
  ['pubsub|numsub'],
  ['asking'],
  ['readonly'],
];

type Names = Pick<
  Config,
  'keyPrefix' | 'requestChannel' | 'responseChannel' | 'controlChannel' | 'eventsChannel' | 'logsChannel'
>;

/** Patterns of the keys that an agent reads and writes, and of the channels that it uses. */
export function agentPatterns(names: Names) {
  const { keyPrefix, requestChannel, responseChannel, controlChannel, eventsChannel, logsChannel } = names;
  const below = `{${keyPrefix}}:*`;
  const streams = [requestChannel, responseChannel, `${responseChannel}:*`, controlChannel];
  return { below, streams, channels: [below, ...streams, eventsChannel, `${logsChannel}:*`] };
}
