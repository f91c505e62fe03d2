import type { FastifyReply, FastifyRequest } from 'fastify';
import { createTenantCounts } from '../../../http/callers/tenant-counts.ts';
import { whenClosed } from '../../../http/when-closed.ts';
import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';
import { awaitFinish } from './await-finish.ts';

/** Holds requests with `?wait=`, a bounded number of each tenant. */
export interface OpenWaits {
  /**
   * A place for a wait, until the connection or the given function ends it.
   * @param seconds 0: no wait, and no place is needed
   * @throws HttpProblem 429 when the tenant holds too many
   */
  open(request: FastifyRequest, reply: FastifyReply, seconds: number): OpenWait;
}

export interface OpenWait {
  /** As `awaitFinish`; gives the place back. */
  awaitFinish(id: string): Promise<ExecutionRecord | undefined>;
}

export function createOpenWaits(options: Pick<HttpOptions, 'queue' | 'events' | 'limits'>): OpenWaits {
  const { limits } = options;
  const counts = createTenantCounts({
    most: limits.waitsPerTenant,
    what: 'requests that wait',
    setting: 'EXEC_HTTP_WAITS',
  });
  return {
    open({ caller: { tenant } }, reply, seconds) {
      const end = seconds === 0 ? () => undefined : counts.take(tenant);
      const left = new AbortController();
      whenClosed(reply, () => {
        end();
        left.abort();
      });
      const ms = Math.min(seconds * 1000, limits.maxWaitMs);
      return {
        awaitFinish: (id) => awaitFinish(id, { ms, signal: left.signal }, options).finally(end),
      };
    },
  };
}
