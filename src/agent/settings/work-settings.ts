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
      description: 'Executions at once. Default: two per CPU.',
    }),
  queueMax: integer(1, 10_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_QUEUE_MAX',
    description: 'Requests that may wait; one more is answered QUEUE_FULL.',
  }),
  leaseSeconds: seconds(1, 3600).default(30).meta({
    group: 'Work',
    env: 'EXEC_LEASE',
    description: 'Seconds after which an agent that is not heard of has lost its executions.',
  }),
  dedupeSeconds: seconds(1, 86_400).default(600).meta({
    group: 'Work',
    env: 'EXEC_DEDUPE_WINDOW',
    description: 'Seconds in which the same correlation id and body are the same request.',
  }),
  retentionSeconds: seconds(60, 31_536_000).default(86_400).meta({
    group: 'Work',
    env: 'EXEC_RETENTION',
    description: 'Seconds for which the record of a finished execution is kept.',
  }),
  retained: integer(1, 100_000_000).default(100_000).meta({
    group: 'Work',
    env: 'EXEC_RETENTION_COUNT',
    description: 'Records of finished executions that are kept at most, once they are older than the dedupe window.',
  }),
  minFreeDisk: bytes().default(GiB).meta({
    group: 'Work',
    env: 'EXEC_MIN_FREE_DISK',
    description: 'Below this much free space for workspaces no more work is taken.',
  }),
  minFreeMemory: bytes()
    .default(256 * MiB)
    .meta({
      group: 'Work',
      env: 'EXEC_MIN_FREE_MEMORY',
      description: 'Below this much available memory no more work is taken.',
    }),
  drainSeconds: seconds(0, 86_400).default(30).meta({
    group: 'Work',
    env: 'EXEC_DRAIN',
    description:
      'Seconds that a stopping agent waits for what still runs; then it lets go, and the next one follows on.',
  }),
};
