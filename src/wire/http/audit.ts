import { z } from 'zod';

export const auditListSchema = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      tenant: z.string(),
      actor: z.string().describe('`token:<id>`, or `local` without tokens.'),
      from: z.string().describe('The address.'),
      action: z.string(),
      target: z.string().describe('The route or the execution.'),
      result: z.string().describe('The HTTP status, or `ok`. 499: the client left before the response.'),
    }),
  ),
});

export type AuditList = z.infer<typeof auditListSchema>;
