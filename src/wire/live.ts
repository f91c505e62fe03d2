import { z } from 'zod';

export const executionStateSchema = z.enum(['queued', 'staging', 'running', 'collecting', 'finished']);

/** A piece of output, as it stands on `exec-logs:<execution_id>`. */
export const logLineSchema = z
  .object({
    stream: z.enum(['stdout', 'stderr']),
    time: z.number().describe('Epoch milliseconds.'),
    text: z.string().describe('Output as it arrived: lines, or part of a line.'),
    omitted: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('Bytes of output just before this piece that are no longer kept. Only when a stored log is read.'),
  })
  .describe('A piece of the output of a container.');

/** A change of state, as it stands on `exec-events`. */
export const executionEventSchema = z
  .object({
    execution_id: z.string(),
    correlation_id: z.string().optional(),
    tenant: z.string(),
    name: z.string().optional(),
    image: z.string(),
    tags: z.record(z.string(), z.string()),
    state: executionStateSchema,
    at: z.number().describe('Epoch milliseconds.'),
    code: z.string().optional().describe('`OK` or an error code, once finished.'),
  })
  .describe('A change of state.');

export type LogLine = z.infer<typeof logLineSchema>;
export type ExecutionEvent = z.infer<typeof executionEventSchema>;
