import { z } from 'zod';
import { executionStateSchema } from '../live.ts';
import { executionResponseSchema } from '../response/response.ts';

const queuePlaceSchema = z
  .object({
    ahead: z
      .number()
      .int()
      .nonnegative()
      .describe('Executions that start before it, as it looks now. Tenants take turns, so this number can also grow.'),
    ahead_at_least: z.boolean().optional().describe('True: so much waits that only a part was counted.'),
    estimated_start_at: z.iso
      .datetime()
      .optional()
      .describe(
        'An estimate, from how many run and how long the last ones took. Absent while the queue is paused, nothing runs, or nothing has ended yet.',
      ),
    not_before: z.iso.datetime().optional().describe('When its next attempt is due.'),
    paused: z.boolean().optional().describe('True while the queue is paused.'),
  })
  .describe('Where an execution waits.');

const summaryShape = {
  execution_id: z.string(),
  correlation_id: z.string().nullable(),
  tenant: z.string().optional().describe('Whose it is.'),
  state: executionStateSchema,
  name: z.string().optional(),
  image: z.string(),
  tags: z.record(z.string(), z.string()),
  submitted_at: z.iso.datetime(),
  started_at: z.iso.datetime().optional().describe('When its container started.'),
  finished_at: z.iso.datetime().optional(),
  step: z
    .object({ number: z.number().int().positive(), of: z.number().int().positive() })
    .optional()
    .describe('The step that runs, of an execution with several; not in lists.'),
  queue: queuePlaceSchema.optional().describe('While it waits, in `getExecution` only.'),
  code: z.string().optional().describe('`OK` or an error code, once finished.'),
  error: z.string().optional().describe('Why it failed, in one sentence; in lists cut if it is long.'),
  agent: z.string().optional().describe('The agent that runs it or ran it.'),
  waits_for: z
    .string()
    .optional()
    .describe('In lists: the labels of `container.placement`, while no running agent has them all.'),
};

export const executionSummarySchema = z.object(summaryShape).describe('An execution in a list.');

export const executionViewSchema = z
  .object({ ...summaryShape, response: executionResponseSchema.optional().describe('Present after it has finished.') })
  .describe('An execution.');

export const executionPageSchema = z
  .object({
    executions: z.array(executionSummarySchema).describe('Newest first.'),
    next: z.string().optional().describe('Pass it as `cursor` to get the next page. Absent on the last page.'),
  })
  .describe('A page of executions.');

export type ExecutionSummary = z.infer<typeof executionSummarySchema>;
export type ExecutionView = z.infer<typeof executionViewSchema>;
export type ExecutionPage = z.infer<typeof executionPageSchema>;
