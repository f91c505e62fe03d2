import { ExecError } from '../../support/exec-error.ts';
import { isClusterUrl } from '../../wire/redis-address.ts';
import { clusterStreams, executionKeys, hashedPart } from '../../wire/redis-keys.ts';
import { type Config, configEntries } from './config-schema.ts';

const streamKeys = ['requestChannel', 'responseChannel', 'controlChannel'] as const;

/**
 * On a Redis Cluster the streams have to be in the slot of the deployment: their names have its prefix in braces.
 * @param isUnset whether the user left that setting out
 * @throws ExecError INVALID_REQUEST for a name that is set and in another slot
 */
export function nameStreams(config: Config, isUnset: (key: string) => boolean): Config {
  if (config.redisUrl === undefined || !isClusterUrl(config.redisUrl)) return config;
  const { base } = executionKeys(config.keyPrefix);
  if (hashedPart(base) !== config.keyPrefix)
    throw new ExecError(
      'INVALID_REQUEST',
      'EXEC_KEY_PREFIX: on a Redis Cluster it must not contain "}". Use another name.',
    );
  const names = clusterStreams(config.keyPrefix);
  const named = { ...config };
  for (const key of streamKeys) {
    if (isUnset(key)) named[key] = names[key];
    if (hashedPart(named[key]) === config.keyPrefix) continue;
    const variable = configEntries.find((entry) => entry.key === key)?.env ?? key;
    throw new ExecError(
      'INVALID_REQUEST',
      `${variable}: on a Redis Cluster the name has to contain ${base}, so that one script can write to the stream and the queue. Set it to ${names[key]}, or leave it out.`,
    );
  }
  return named;
}
