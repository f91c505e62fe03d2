export interface NetworkOptions {
  /** Where the agent listens on the loopback of a sandbox's network. */
  readonly port: number;
  /** How many networks to keep ready once one was needed. */
  readonly ready: number;
}

export const defaultNetworkOptions: NetworkOptions = { port: 9000, ready: 0 };

/** Times are in milliseconds. */
export const networkLimits = {
  timeoutMs: 30_000,
  makeAtOnce: 1,
  retryMs: 5_000,
  keepIdleMs: 600_000,
  /** Connections through each forwarded port. */
  portConnections: 256,
} as const;
