import { z } from 'zod';
import { executionStateSchema } from '../live.ts';

const openStateSchema = executionStateSchema.exclude(['finished']);
const mostValues = 8;

export const cancelManySchema = z
  .strictObject({
    filter: z
      .strictObject({
        id: z
          .string()
          .regex(/^[0-9a-f-]{1,36}$/, 'how an execution id begins, such as 3f2a')
          .optional()
          .describe('How the execution id begins.'),
        prefix: z.string().min(1).max(512).optional().describe('How the id, the correlation id or the name begins.'),
        tenant: z
          .string()
          .min(1)
          .max(63)
          .optional()
          .describe('Another tenant, or `*` for all; needs the scope `admin`.'),
        state: z.array(openStateSchema).min(1).max(openStateSchema.options.length).optional(),
        agent: z.string().max(512).optional(),
        name: z.string().optional(),
        image: z.string().optional(),
        tag: z
          .array(z.string().regex(/^[^=]+=/, 'a tag as key=value'))
          .min(1)
          .max(mostValues)
          .optional(),
        since: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
        until: z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' }).optional(),
      })
      .describe('As for `listExecutions`. An empty one matches everything that waits or runs.'),
    dry_run: z.boolean().optional().describe('Only return what would be canceled.'),
  })
  .describe('Which executions to cancel.');

export const canceledSchema = z
  .object({
    executions: z.array(z.string()).describe('Their ids, newest first.'),
    dry_run: z.boolean(),
    more: z.boolean().describe('Whether there are more than one call cancels. Repeat it.'),
  })
  .describe('Executions that are, or would be, canceled.');

export type CancelMany = z.infer<typeof cancelManySchema>;
export type Canceled = z.infer<typeof canceledSchema>;
