import type { AnyRedis } from '../../support/any-redis.ts';
import { executionStateSchema } from '../../wire/live.ts';
import { errorCodeNames } from '../../wire/response/error-codes.ts';
import type { QueueKeys } from '../keys.ts';
import { completeIndexesScript } from '../scripts/parts/complete-indexes.ts';
import { runScript } from '../scripts/parts/script.ts';
import { indexName, openIndexOf } from './index-names.ts';

// Agents of two versions at work together make the indexes incomplete again and again.
const atMostEveryMs = 60_000;

const openStates = executionStateSchema.options.filter((state) => state !== 'finished').join(',');
const codes = ['OK', ...errorCodeNames].join(',');

/** Adds what agents of an older version queued or finished to the indexes of states and codes of the tenant. */
export async function completeIndexes(redis: AnyRedis, keys: QueueKeys, tenant: string): Promise<void> {
  const touched = [keys.index(indexName.tenant(tenant)), keys.index(openIndexOf(tenant))];
  await runScript(redis, completeIndexesScript, touched, [keys.base, tenant, atMostEveryMs, openStates, codes]);
}
