import type { ProxyLimits } from '../proxy-limits.ts';
import type { Exchange } from './exchange.ts';
import type { WriteGathering } from './gather-writes.ts';
import type { DeadlineChecks } from './time/check-deadlines.ts';

/** What all connections share. */
export interface ConnectionParts {
  readonly limits: ProxyLimits;
  readonly deadlines: DeadlineChecks;
  readonly gathering: WriteGathering;
  /** Receives an error that the proxy did not expect; what it happened to has been ended. */
  readonly onFault: (error: unknown) => void;
}

export interface ConnectionOptions extends ConnectionParts {
  readonly onExchange: (exchange: Exchange) => void;
  /** Once, when the connection has ended. */
  readonly onClose: () => void;
}

/**
 * - `head`: between two requests, or reading the next one
 * - `body`: a request is not read to its end, answered or not
 * - `answer`: a request is read, and not yet answered
 * - `ending`: what still comes is read and forgotten for a while, so that the last answer is not lost
 */
export type ConnectionState = 'head' | 'body' | 'answer' | 'ending' | 'ended';
