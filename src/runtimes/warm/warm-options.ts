/** Containers that are started before they have a command. */
export interface WarmOptions {
  /** How many wait at a time; 0: none. */
  readonly count: number;
  /** What they may use together, as their own limits say. */
  readonly memoryBytes: number;
  /** When nothing was wanted for so long (ms), all are removed. */
  readonly idleMs: number;
  /** Whether the host of the containers has so much memory to spare. */
  readonly hasMemory: (bytes: number) => Promise<boolean>;
  /** Where the defaults do not do. */
  readonly limits?: Partial<WarmLimits>;
}

export const noWarm: WarmOptions = { count: 0, memoryBytes: 0, idleMs: 0, hasMemory: async () => false };

/** When containers are made ahead. Times are in milliseconds. */
export interface WarmLimits {
  /** How many of the last executions say what is wanted. */
  readonly remembered: number;
  /** Number of recent uses before a container is made ahead. */
  readonly usesBefore: number;
  /** As many of a kind are wanted as were asked for within such a time. */
  readonly burstMs: number;
  /** Delay before the pool is refilled after a container was taken, so that refilling does not slow its start. */
  readonly refillAfterMs: number;
  /** How long nothing is made after making one has failed. */
  readonly retryMs: number;
  /** How often it is seen to what waits. */
  readonly checkMs: number;
}

export const defaultWarmLimits: WarmLimits = {
  remembered: 16,
  usesBefore: 2,
  burstMs: 1000,
  refillAfterMs: 50,
  retryMs: 60_000,
  checkMs: 5000,
};
