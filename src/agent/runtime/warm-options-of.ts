import { totalmem } from 'node:os';
import type { WarmOptions } from '../../runtimes/warm/warm-options.ts';
import type { Config } from '../config/config-schema.ts';
import { runsInCluster } from '../config/runs-in-cluster.ts';
import { availableMemory } from '../watch/watch-shortage.ts';

// Of all memory, for the limits of containers that wait: most of it is never used by them.
const shareOfAll = 1 / 4;
// Of the memory that is available, with `auto`.
const shareOfAvailable = 1 / 2;
// For pods that wait; bytes.
const podsMemory = 1024 ** 3;

/** Bytes. */
export interface MemoryFacts {
  /** Of the host, or of the agent's cgroup where that has less. */
  readonly total: number;
  readonly available: () => Promise<number>;
}

export function memoryFacts(): MemoryFacts {
  const limit = process.constrainedMemory();
  return {
    total: Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY),
    available: async () => Math.min(await availableMemory(), process.availableMemory()),
  };
}

/** How many containers may wait at a time; with `auto` as many as may run. */
export function warmCountOf(config: Pick<Config, 'warmContainers' | 'concurrency' | 'runtime'>): number {
  const wanted = wantedBy(config);
  return wanted === 'auto' ? config.concurrency : wanted;
}

/** A pod that waits reserves resources of a node, so a cluster gets none unless somebody asks for them. */
function wantedBy({ warmContainers, ...place }: Pick<Config, 'warmContainers' | 'runtime'>): number | 'auto' {
  return warmContainers ?? (runsInCluster(place) ? 0 : 'auto');
}

export function warmOptionsOf(config: Config, memory: MemoryFacts = memoryFacts()): WarmOptions {
  const { warmMemory, warmIdleSeconds, minFreeMemory } = config;
  const share = wantedBy(config) === 'auto' ? shareOfAvailable : 1;
  return {
    count: warmCountOf(config),
    memoryBytes: warmMemory ?? memory.total * shareOfAll,
    idleMs: warmIdleSeconds * 1000,
    async hasMemory(bytes) {
      const available = await memory.available();
      return bytes <= available * share && available - bytes >= minFreeMemory;
    },
  };
}

/** Of a cluster, whose memory is not known here: pods that wait have room within its quotas alone. */
export function warmPodsOf(config: Config): WarmOptions {
  const { warmMemory: memoryBytes = podsMemory, warmIdleSeconds } = config;
  return { count: warmCountOf(config), memoryBytes, idleMs: warmIdleSeconds * 1000, hasMemory: async () => true };
}
