import { availableParallelism } from 'node:os';
import { bytes, integer, seconds } from './config-values.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** How much is taken on, and how long it is kept. */
export const workSettings = {
  concurrency: integer(1, 1024)
    .default(availableParallelism() * 2)
    .meta({
      group: 'Work',
      env: 'EXEC_CONCURRENCY',
      description: 'Maximum number of executions at the same time. Default: two per CPU.',
    }),
  queueMax: integer(1, 10_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_QUEUE_MAX',
    description: 'Maximum number of queued requests. One more fails with QUEUE_FULL.',
  }),
  tenantBytes: bytes().default(GiB).meta({
    group: 'Work',
    env: 'EXEC_TENANT_BYTES',
    description:
      'Maximum size of the requests of one tenant that are queued or running, in Redis. One more fails with QUEUE_FULL.',
  }),
  leaseSeconds: seconds(1, 3600).default(30).meta({
    group: 'Work',
    env: 'EXEC_LEASE',
    description: 'Lease, in seconds. Executions of an agent that stops renewing it are reassigned.',
  }),
  dedupeSeconds: seconds(1, 86_400).default(600).meta({
    group: 'Work',
    env: 'EXEC_DEDUPE_WINDOW',
    description: 'Seconds during which the same correlation_id and body are the same request.',
  }),
  retentionSeconds: seconds(60, 31_536_000).default(86_400).meta({
    group: 'Work',
    env: 'EXEC_RETENTION',
    description: 'Seconds to keep the record of a finished execution.',
  }),
  retained: integer(1, 100_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_RETENTION_COUNT',
    description:
      'Maximum number of records of finished executions to keep. Records younger than EXEC_DEDUPE_WINDOW are always kept.',
  }),
  minFreeDisk: bytes().default(GiB).meta({
    group: 'Work',
    env: 'EXEC_MIN_FREE_DISK',
    description: 'The agent takes no new work while less space than this is free for workspaces.',
  }),
  minFreeMemory: bytes()
    .default(256 * MiB)
    .meta({
      group: 'Work',
      env: 'EXEC_MIN_FREE_MEMORY',
      description: 'The agent takes no new work while less memory than this is available.',
    }),
  drainSeconds: seconds(0, 86_400).default(30).meta({
    group: 'Work',
    env: 'EXEC_DRAIN',
    description:
      'Seconds that a stopping agent waits for running executions. After that it detaches from them, and the next agent re-attaches.',
  }),
};
