import { z } from 'zod';
import { scopeSchema } from '../scopes.ts';

const tokenFactsShape = {
  id: z.string(),
  name: z.string().describe('Whom or what it is for.'),
  tenant: z.string(),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().optional(),
};

export const tokenListSchema = z
  .object({
    tokens: z.array(z.object(tokenFactsShape)).describe('Oldest first.'),
    next: z.string().optional().describe('Pass it as `cursor` to get the next page. Absent on the last page.'),
  })
  .describe('A page of tokens, without their secret part.');

export const tokenRequestSchema = z
  .strictObject({
    tenant: z.string().describe('Up to 63 of a-z, 0-9, ".", "_" and "-".'),
    scopes: z.array(scopeSchema).min(1).max(scopeSchema.options.length),
    name: z.string().max(256).optional().describe('Whom or what it is for.'),
    expires_at: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
  })
  .describe('A token to create.');

export const createdTokenSchema = z
  .object({ token: z.string().describe('`exa_…`, for the header `authorization: Bearer`.'), ...tokenFactsShape })
  .describe('A new token.');

export type TokenFacts = TokenList['tokens'][number];
export type TokenRequest = z.infer<typeof tokenRequestSchema>;
export type CreatedToken = z.infer<typeof createdTokenSchema>;
export type TokenList = z.infer<typeof tokenListSchema>;
