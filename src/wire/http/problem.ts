import { z } from 'zod';
import { errorCodeSchema } from '../response/error-code-schema.ts';

/** What went wrong, as RFC 9457 has it. */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:exec-agent:problem:<kind>`'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('A sentence that says what to do.'),
    error_code: errorCodeSchema.optional(),
    request_id: z.string().optional().describe('As in the header `x-request-id`, for the log of the agent.'),
  })
  .describe('What went wrong (RFC 9457).');

export type Problem = z.infer<typeof problemSchema>;
