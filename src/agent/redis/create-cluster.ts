import { Cluster } from 'ioredis';
import type { ClusterAddress } from '../../wire/redis-address.ts';

export interface ClusterSettings {
  /** PEM of the authority that signed the certificates of the nodes. */
  readonly ca?: string | undefined;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** How long to wait before the next attempt to reach the cluster, in milliseconds; null: never. */
  readonly retryMs: (attempt: number) => number | null;
}

const closed = 'Connection is closed.';
const pauseMs = 100;

/** A connection to a cluster whose commands wait until a node takes them, through every failover. */
export function createCluster(address: ClusterAddress, { ca, name, retryMs }: ClusterSettings): Cluster {
  const { nodes, username, password, isTls } = address;
  return new PatientCluster([...nodes], {
    lazyConnect: true,
    clusterRetryStrategy: retryMs,
    maxRedirections: Number.MAX_SAFE_INTEGER,
    // Resolved when it is connected to, so that certificates are checked against the name.
    dnsLookup: (host, done) => done(null, host),
    redisOptions: {
      connectionName: name,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(isTls ? { tls: ca === undefined ? {} : { ca } } : {}),
    },
  });
}

interface RetryHandlers {
  connectionClosed(): void;
}

/**
 * ioredis gives up a command whose connection ends while no other node is known, and one that reaches a former master
 * before that knows the new one. A connection to one server waits in both cases.
 */
class PatientCluster extends Cluster {
  override handleError(error: Error, ttl: { value?: unknown }, handlers: RetryHandlers): void {
    const isOpen = this.status !== 'end';
    const waitsForNodes = error.message === closed && this.status !== 'ready' && isOpen;
    // Nothing was written: a script stops at its first write.
    const isFormerMaster = error.message.startsWith('READONLY') && isOpen;
    if (isFormerMaster) this.refreshSlotsCache();
    if (waitsForNodes || isFormerMaster) setTimeout(() => handlers.connectionClosed(), pauseMs);
    else super.handleError(error, ttl, handlers);
  }
}
