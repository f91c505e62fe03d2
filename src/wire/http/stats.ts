import { z } from 'zod';
import { executionStateSchema } from '../live.ts';

const countsShape = {
  states: z
    .partialRecord(executionStateSchema, z.number().int().nonnegative())
    .describe('Numbers by state. What has none is left out.'),
  codes: z
    .record(z.string(), z.number().int().nonnegative())
    .describe('Numbers of finished ones, by `OK` or error code. What has none is left out.'),
};

export const executionStatsSchema = z
  .object({
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    ...countsShape,
    history: z
      .array(z.object({ since: z.iso.datetime().describe('Begin of this part.'), ...countsShape }))
      .describe('Equal parts of the period, oldest first.'),
  })
  .describe('Numbers of executions.');

export type ExecutionStats = z.infer<typeof executionStatsSchema>;
