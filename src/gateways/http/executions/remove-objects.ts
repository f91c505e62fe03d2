import type { ExecutionRecord } from '../../../wire/record/record.ts';
import type { HttpOptions } from '../http-options.ts';

/** Removes what a finished execution has uploaded. */
export async function removeObjects(
  { outcome }: Extract<ExecutionRecord, { state: 'finished' }>,
  { store, limits }: Pick<HttpOptions, 'store'> & { readonly limits: Pick<HttpOptions['limits'], 'requestMs'> },
): Promise<void> {
  const signal = AbortSignal.timeout(limits.requestMs);
  for (const { name, bucket } of outcome.collected?.uploads ?? []) await store.remove({ bucket, name }, signal);
}
