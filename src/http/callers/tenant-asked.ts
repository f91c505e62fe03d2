import { z } from 'zod';
import { HttpProblem } from '../problem.ts';
import type { Caller } from './caller.ts';

/** In place of a name: all tenants. */
export const allTenants = '*';

const longestName = 63;

export const tenantQuery = z
  .string()
  .min(1)
  .max(longestName)
  .optional()
  .describe('Another tenant, or `*` for all; needs the scope `admin`. Default: the tenant of the token.');

/**
 * The tenant that a caller asks about; undefined: all of them.
 * @param asked a name or `*`; absent: the caller's own
 * @throws HttpProblem 403 for the tenant of others without the scope `admin`
 */
export function tenantAsked(caller: Caller, asked: string | undefined): string | undefined {
  if (asked === undefined || asked === caller.tenant) return caller.tenant;
  if (!isAdmin(caller))
    throw new HttpProblem(
      403,
      `tenant: the ${caller.actor.replace(':', ' ')} lacks the scope "admin", so it sees the tenant ${caller.tenant} only.`,
    );
  return asked === allTenants ? undefined : asked;
}

/** Whether the executions of every tenant are the caller's to see and to act on, as far as its other scopes go. */
export function isAdmin({ scopes }: Caller): boolean {
  return scopes.includes('admin');
}
