import { z } from 'zod';
import type { ExecutionPlan } from './plan/plan.ts';

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
    gateway: z.string().optional().describe('Where it was submitted: `redis` or `http`.'),
    name: z.string().optional(),
    image: z.string(),
    tags: z.record(z.string(), z.string()),
    placement: z.record(z.string(), z.string()).optional().describe('The labels that the request asks for.'),
    state: executionStateSchema,
    at: z.number().describe('Epoch milliseconds.'),
    code: z.string().optional().describe('`OK` or an error code, once finished.'),
    event_id: z
      .string()
      .regex(/^\d{1,20}-\d{1,20}$/, 'a position in the stream of events')
      .optional()
      .describe('Its position among all changes. As `last-event-id` of `/v1/events` it continues behind this one.'),
  })
  .describe('A change of state.');

export type LogLine = z.infer<typeof logLineSchema>;
export type ExecutionEvent = z.infer<typeof executionEventSchema>;

/** What events and lists show of an execution, beside its state: the few facts that never change. */
export function executionFactsOf({ id, correlationId, tenant, gateway, name, steps, tags, placement }: ExecutionPlan) {
  return {
    execution_id: id,
    ...(correlationId === null ? {} : { correlation_id: correlationId }),
    tenant,
    gateway,
    ...(name === undefined ? {} : { name }),
    image: steps[0]?.image.reference ?? '',
    tags,
    ...(placement === undefined ? {} : { placement }),
  };
}

/** The facts as they are stored. */
export const executionFactsSchema = executionEventSchema
  .pick({ correlation_id: true, tenant: true, name: true, image: true, tags: true, placement: true })
  .transform(({ correlation_id: correlationId = null, ...facts }) => ({ ...facts, correlationId }));

/** As much of them as a record that cannot be read still shows. */
export const executionOriginSchema = executionEventSchema
  .pick({ correlation_id: true, tenant: true, gateway: true })
  .transform(({ correlation_id: correlationId = null, ...origin }) => ({ ...origin, correlationId }));
