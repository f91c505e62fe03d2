import type { Volume } from '../wire/plan/plan.ts';
import type { StageOptions } from './api/staging.ts';

/** Which files of a sandbox other executions may have too; undefined: none. */
export function sharingOf(
  tenant: string | undefined,
  volumes: readonly Pick<Volume, 'path' | 'access'>[],
): StageOptions | undefined {
  if (tenant === undefined) return undefined;
  return { tenant, readOnly: volumes.filter(({ access }) => access === 'read-only').map(({ path }) => path) };
}
