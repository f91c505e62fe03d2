import type { FastifyReply, FastifyRequest } from 'fastify';
import { whenClosed } from '../when-closed.ts';
import { createTenantCounts } from './tenant-counts.ts';

export interface OpenStream {
  readonly signal: AbortSignal;
  readonly cut: () => void;
}

/** Counts the streams that each tenant has open. */
export interface OpenStreams {
  /**
   * @returns a signal that is aborted once the client has left or the server closes, and what ends the connection
   * @throws HttpProblem 429 when the tenant has too many
   */
  open(request: FastifyRequest, reply: FastifyReply): OpenStream;
}

export function createOpenStreams({ streamsPerTenant }: { readonly streamsPerTenant: number }): OpenStreams {
  const counts = createTenantCounts({ most: streamsPerTenant, what: 'open streams', setting: 'EXEC_HTTP_STREAMS' });
  return {
    open({ caller: { tenant } }, reply) {
      const give = counts.take(tenant);
      const left = new AbortController();
      whenClosed(reply, () => {
        give();
        left.abort();
      });
      return { signal: left.signal, cut: () => void reply.raw.destroy() };
    },
  };
}
