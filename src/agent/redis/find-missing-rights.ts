import { randomUUID } from 'node:crypto';
import { type AnyRedis, duplicateRedis, isCluster } from '../../support/any-redis.ts';
import type { Config } from '../config/config-schema.ts';
import { agentCommands, agentPatterns, clusterCommands } from './agent-rights.ts';

type Call = readonly (string | number)[];
type Refusal = 'command' | 'key' | 'channel';

// The key of the probes is removed at their end; it goes by itself if that is refused.
const probeMs = 60_000;

/**
 * What the user of a connection may not do that an agent does, as rules of ACL SETUSER: `+zadd`, `~{exec}:*`, `&exec-events`.
 * Each command is tried on a key of its own, so nothing changes that agents keep.
 */
export async function findMissingRights(redis: AnyRedis, config: Config): Promise<readonly string[]> {
  const { below, streams, channels } = agentPatterns(config);
  const key = below.replace('*', `doctor:${randomUUID()}`);
  const missing = new Set<string>();
  const tryCall = async (name: string, args: Call, pattern: string) => {
    const refusal = await refusalOf(() => redis.call(...commandOf(name), ...args));
    if (refusal === 'command') missing.add(`+${name}`);
    else if (refusal !== undefined) missing.add(`${refusal === 'key' ? '~' : '&'}${pattern}`);
  };

  await tryCall('set', [key, '', 'PX', probeMs], below);
  const commands = [...agentCommands(key), ...(isCluster(redis) ? clusterCommands : [])];
  for (const [name = '', ...args] of commands) await tryCall(String(name), args, below);
  await tryCall('del', [key], below);
  for (const pattern of streams) {
    const stream = pattern.replace('*', 'doctor');
    await tryCall('xrange', [stream, '-', '+', 'COUNT', 1], pattern);
    await tryCall('xdel', [stream, '0-0'], pattern);
  }
  const subscriber = duplicateRedis(redis);
  subscriber.on('error', () => undefined);
  try {
    for (const pattern of channels) {
      const refusal = await refusalOf(() => subscriber.subscribe(pattern.replace('*', 'doctor')));
      if (refusal !== undefined) missing.add(refusal === 'command' ? '+subscribe' : `&${pattern}`);
    }
    if ((await refusalOf(() => subscriber.unsubscribe())) !== undefined) missing.add('+unsubscribe');
  } finally {
    subscriber.disconnect();
  }
  return [...missing];
}

/** A command and its subcommand, which ACL rules write with a bar. */
function commandOf(name: string): [string, ...string[]] {
  const [command = '', ...subcommands] = name.split('|');
  return [command, ...subcommands];
}

/** What Redis refuses with NOPERM; undefined: it does the call, or has another reason. */
async function refusalOf(call: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (!message.startsWith('NOPERM')) return undefined;
    if (/\bkeys?\b/.test(message)) return 'key';
    return /\bchannels?\b/.test(message) ? 'channel' : 'command';
  }
}
