import type { AuditLog } from '../access/audit-log.ts';
import type { TokenStore } from '../access/token-store.ts';
import type { ExecError } from '../support/exec-error.ts';
import type { Clock } from '../support/time/clock.ts';
import type { AgentMetrics } from '../telemetry/agent-metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Credentials } from './callers/credentials.ts';
import type { OpenStreams } from './callers/open-streams.ts';
import type { HttpApp } from './server/bare-app.ts';

export interface HttpRoomLimits {
  /** The largest body of a route that names no `bodyLimit` of its own. */
  readonly maxMessageBytes: number;
  readonly maxConnections: number;
  /** Open connections of one caller: a tenant, or an address without a token. */
  readonly connectionsPerCaller: number;
  /** How long headers may take to arrive, in milliseconds; the whole request; how long nothing may come or go. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often a stream of events sends something, in milliseconds. */
  readonly heartbeatMs: number;
  /** Event streams that a tenant may have open. */
  readonly streamsPerTenant: number;
  /** Requests per second and tenant; 0: no limit. */
  readonly requestsPerSecond: number;
}

export interface HttpRoomOptions {
  /** Loaded with the first request. */
  readonly loadModules: () => Promise<readonly HttpModule[]>;
  readonly tokens: TokenStore;
  readonly audit: AuditLog;
  readonly metrics: Pick<AgentMetrics, 'answered'>;
  /** Absent: traces are handed on, and nothing is added to them. */
  readonly tracing?: Tracing | undefined;
  /** Whether Redis is there, without asking it. */
  readonly isConnected: () => boolean;
  /** Origins of web pages that may call; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** The path that a reverse proxy serves the agent below, such as `/exec`; '' for none. */
  readonly base: string;
  readonly limits: HttpRoomLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the server shares with the modules that are plugged into it. */
export interface HttpRoom {
  /** Event streams of all modules, counted together. */
  readonly streams: OpenStreams;
  readonly limits: Pick<HttpRoomLimits, 'heartbeatMs'>;
}

/**
 * Routes that are plugged into the server. A route names its scope (`config.scope`; absent: no caller is needed) and,
 * if it changes something, its action for the audit log (`config.action`). The server identifies the caller, limits and
 * audits it before and after; what a handler throws becomes a problem document.
 */
export interface HttpModule {
  addRoutes(app: HttpApp, room: HttpRoom): void;
  /** The sentence of an error in the words of this module; absent: as it is. */
  readonly describeError?: (error: ExecError) => string;
  /** Kinds of credentials that callers of all modules may use from now on, beside bearer tokens. */
  readonly credentials?: readonly Credentials[];
  /** Where `/` leads; that of the first module that has one. */
  readonly home?: string;
}
