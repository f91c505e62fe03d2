import { z } from 'zod';
import { scopeSchema } from '../wire/scopes.ts';

export const tokenEntrySchema = z.object({
  id: z.string(),
  /** Whom or what it is for, for those who look at the list. */
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(scopeSchema),
  /** SHA-256 of the secret part: 256 random bits need no slower hash. */
  hash: z.string(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
  expiresAt: z.number().optional(),
});

export type TokenEntry = z.infer<typeof tokenEntrySchema>;
