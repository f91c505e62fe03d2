import type { HttpLimits } from '../../gateways/http/http-options.ts';
import type { HttpRoomLimits } from '../../http/http-room.ts';
import type { Config } from './config-schema.ts';

const headersMs = 10_000;
// Proxies in between close what is silent for a minute.
const heartbeatMs = 15_000;

export function httpLimits(config: Config): HttpLimits & HttpRoomLimits {
  return {
    maxMessageBytes: config.messageBytes,
    maxUploadBytes: config.inputBytes,
    maxConnections: config.httpConnections,
    connectionsPerCaller: Math.min(config.httpConnectionsPerCaller, Math.ceil(config.httpConnections / 2)),
    headersMs,
    requestMs: config.httpRequestSeconds * 1000,
    idleMs: config.httpIdleSeconds * 1000,
    maxWaitMs: config.httpWaitSeconds * 1000,
    heartbeatMs: Math.min(heartbeatMs, (config.httpIdleSeconds * 1000) / 2),
    streamsPerTenant: config.httpStreams,
    waitsPerTenant: config.httpWaits,
    requestsPerSecond: config.httpRate,
    openPerTenant: config.tenantOpen,
    dedupeMs: config.dedupeSeconds * 1000,
  };
}
