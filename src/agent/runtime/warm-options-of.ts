import { totalmem } from 'node:os';
import type { WarmOptions } from '../../runtimes/warm/warm-options.ts';
import type { Config } from '../config/config-schema.ts';
import { availableMemory } from '../watch/watch-shortage.ts';

// Of the host's memory, for the limits of containers that wait: most of it is never used by them.
const autoShare = 1 / 4;

/** How many containers may wait at a time; with `auto` as many as may run. */
export function warmCountOf({ warmContainers, concurrency }: Pick<Config, 'warmContainers' | 'concurrency'>): number {
  return warmContainers === 'auto' ? concurrency : warmContainers;
}

export function warmOptionsOf(config: Config): WarmOptions {
  const { warmContainers, warmMemory, warmIdleSeconds, minFreeMemory } = config;
  return {
    count: warmCountOf(config),
    memoryBytes: warmContainers === 'auto' ? Math.max(warmMemory, totalmem() * autoShare) : warmMemory,
    idleMs: warmIdleSeconds * 1000,
    hasMemory: async (bytes) => (await availableMemory()) - bytes >= minFreeMemory,
  };
}

/** Of a cluster, whose memory is not known here: pods that wait have room within its quotas alone. */
export function warmPodsOf(config: Config): WarmOptions {
  const { warmMemory: memoryBytes, warmIdleSeconds } = config;
  return { count: warmCountOf(config), memoryBytes, idleMs: warmIdleSeconds * 1000, hasMemory: async () => true };
}
