import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpLimits } from './http-options.ts';
import { HttpProblem } from './problem.ts';

/** Counts the streams that each tenant has open. */
export interface OpenStreams {
  /**
   * @returns a signal that is aborted once the client has left or the server closes
   * @throws HttpProblem 429 when the tenant has too many
   */
  open(request: FastifyRequest, reply: FastifyReply): AbortSignal;
}

export function createOpenStreams({ streamsPerTenant }: Pick<HttpLimits, 'streamsPerTenant'>): OpenStreams {
  const open = new Map<string, number>();
  return {
    open({ caller: { tenant } }, reply) {
      const count = open.get(tenant) ?? 0;
      if (count >= streamsPerTenant)
        throw new HttpProblem(429, `The tenant ${tenant} has ${count} open streams, the maximum (EXEC_HTTP_STREAMS).`, {
          'retry-after': '5',
        });
      open.set(tenant, count + 1);
      const left = new AbortController();
      reply.raw.once('close', () => {
        open.set(tenant, (open.get(tenant) ?? 1) - 1);
        left.abort();
      });
      return left.signal;
    },
  };
}
