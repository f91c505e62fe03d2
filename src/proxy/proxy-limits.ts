/** What bounds the proxy. Times are in milliseconds, sizes in bytes. */
export interface ProxyLimits {
  /** Open connections of one execution; each carries one call at a time, so calls at once too. */
  readonly connectionsPerSession: number;
  /** Request line and headers of a call. */
  readonly headBytes: number;
  readonly headerLines: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headTimeoutMs: number;
  /** An open connection without a call. */
  readonly keepAliveMs: number;
  /** How long the sender of a request body that is passed on may pause; what it sends earns the time back. */
  readonly bodyIdleMs: number;
  /** Bytes of such a body that earn back a second of `bodyIdleMs`: the lowest rate at which it may come. */
  readonly bodyBytesPerSecond: number;
  /** A body of at most this size is passed on once all of it has come; a larger one from its first piece on. */
  readonly gatheredBodyBytes: number;
  /** For the whole of a request body that has to be complete before it goes on. */
  readonly bodyTimeoutMs: number;
  /** For the answer to who has sent a request and ended its side since: it may as well have gone. */
  readonly halfClosedMs: number;
  /** A container that takes nothing of its answer. */
  readonly stalledMs: number;
  /** Body of a call that is passed on as it comes. */
  readonly bodyBytes: number;
  /** Body of a call that has to be complete before it goes on: `/query`, and calls whose tokens are budgeted. */
  readonly queryBytes: number;
  /** All such bodies of one execution that are held at once. */
  readonly collectedBytesPerSession: number;
  /** What is still read of a refused body, so that the refusal can be read. */
  readonly lingerBytes: number;
  readonly lingerMs: number;
  /** Calls of one service that wait for a reply over Redis. */
  readonly pendingReplies: number;
  readonly replyTimeoutMs: number;
  /** Reply of a service over Redis. */
  readonly replyBytes: number;
  /**
   * Connections to one upstream; an execution uses at most as many as it leaves free, and one that is alone and whose calls end uses all.
   * What it uses more than half of them comes on top when others call, so that there are one and a half times as many at most.
   */
  readonly upstreamConnections: number;
  /** Calls that may wait for one of them; those of one execution leave as many places free. */
  readonly upstreamWaiting: number;
  readonly upstreamConnectMs: number;
  /** From a request sent, or waiting to be, to the headers of its answer. */
  readonly upstreamAnswerMs: number;
  /** Between two pieces of an answer. */
  readonly upstreamIdleMs: number;
  /** How long an unused connection to an upstream is kept; servers in wide use close theirs after 5 seconds. */
  readonly upstreamKeepAliveMs: number;
  readonly upstreamHeadBytes: number;
  /** Answer of a model to `/query`. */
  readonly aiAnswerBytes: number;
  /** What a call is expected to take of a token budget when it does not say. */
  readonly tokensPerCall: number;
  /** How often deadlines are looked at, so how late they may fire. */
  readonly checkMs: number;
}

const KiB = 1024;
const MiB = 1024 ** 2;

export const defaultProxyLimits: ProxyLimits = {
  connectionsPerSession: 256,
  headBytes: 16 * KiB,
  headerLines: 100,
  headTimeoutMs: 10_000,
  keepAliveMs: 75_000,
  bodyIdleMs: 30_000,
  bodyBytesPerSecond: 1024,
  gatheredBodyBytes: 64 * KiB,
  bodyTimeoutMs: 60_000,
  halfClosedMs: 60_000,
  stalledMs: 300_000,
  bodyBytes: 1024 * MiB,
  queryBytes: 8 * MiB,
  collectedBytesPerSession: 64 * MiB,
  lingerBytes: 32 * MiB,
  lingerMs: 5_000,
  pendingReplies: 4096,
  replyTimeoutMs: 120_000,
  replyBytes: 8 * MiB,
  upstreamConnections: 64,
  upstreamWaiting: 1024,
  upstreamConnectMs: 5_000,
  upstreamAnswerMs: 300_000,
  upstreamIdleMs: 300_000,
  upstreamKeepAliveMs: 4_000,
  upstreamHeadBytes: 64 * KiB,
  aiAnswerBytes: 4 * MiB,
  tokensPerCall: 1024,
  checkMs: 1_000,
};
