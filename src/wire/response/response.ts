import { z } from 'zod';
import { maxSteps } from '../plan/plan.ts';
import { sentFileSchema } from '../record/record.ts';
import { severitySchema } from '../scan.ts';
import { errorCodeSchema } from './error-code-schema.ts';

const outputFileSchema = z.object({
  name: z.string().describe('Relative to the output directory: `a/b.csv`.'),
  path: z.string().describe('Path in the container.'),
  content: z.string().optional().describe('Absent if `truncated` or `ref` is present.'),
  encoding: z.enum(['utf8', 'base64']),
  size: z.number().int().nonnegative().describe('Bytes.'),
  sha256: z.string().optional(),
  truncated: z.literal(true).optional().describe('The content is too large for the response.'),
  ref: z.string().optional().describe('The object that holds the content; the same as `result.ref`.'),
});

const uploadedObjectSchema = z.object({
  object_name: z.string(),
  size: z.number().int().nonnegative(),
  bucket: z.string().optional(),
  sha256: z.string().optional(),
  url: z.string().optional().describe('Presigned URL of the object, if `EXEC_PRESIGN` is set.'),
});

const serviceUseSchema = z.object({
  calls: z.number().int().describe('Calls that were forwarded.'),
  bytes: z.number().int().describe('Size of request and response bodies.'),
  errors: z.number().int().describe('Calls that failed.'),
  ms: z.number().describe('Total duration of the calls, in milliseconds.'),
  tokens: z.number().describe('Tokens, as the service counts them.'),
});

const resourceUsageSchema = z.object({
  cpu_seconds: z.number().optional(),
  memory_peak_bytes: z.number().optional(),
});

const stepSchema = z.object({
  exit_code: z.number().int().optional().describe('128+n if signal n ended it. Absent if the container did not start.'),
  why: z.string().optional().describe('What the runtime reported about the end of the container.'),
  error: z.string().optional().describe('What went wrong in this step.'),
  error_code: errorCodeSchema.optional(),
  ignored: z.literal(true).optional().describe('The error did not end the execution, because the step allows errors.'),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  output_range: z
    .object({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() })
    .describe(
      'Where the output of this step is in `output`, in bytes of UTF-8: the first byte, and the one after the last. Bytes that were left out of the middle of `output` count.',
    ),
  image_digest: z.string().optional(),
  resource_usage: resourceUsageSchema.optional(),
});

const phaseSchema = z.number().optional();

const metadataSchema = z.object({
  execution_time: z.string().describe('How long the containers ran: `5.2s`.'),
  phases: z
    .object({
      queued: phaseSchema,
      staged: phaseSchema,
      started: phaseSchema,
      ran: phaseSchema,
      collected: phaseSchema,
    })
    .describe('Milliseconds in each phase.'),
  runtime: z.string().optional(),
  image_digest: z.string().optional(),
  image_scan: z
    .object({
      verdict: z.enum(['passed', 'warned', 'denied', 'unscanned']),
      scanner: z.string().optional(),
      scanned_at: z.iso.datetime().optional(),
      counts: z.partialRecord(severitySchema, z.number()).optional(),
      above: z.array(z.string()).optional().describe('Findings at or above the threshold of the policy, worst first.'),
      reason: z.string().optional().describe('Why it could not be scanned.'),
    })
    .optional()
    .describe('Result of scanning the image, if the policy requires it.'),
  resource_usage: resourceUsageSchema
    .optional()
    .describe('CPU seconds of all steps, and the highest memory peak of one.'),
  services: z.record(z.string(), serviceUseSchema).optional().describe('Use of each granted service.'),
  output: z
    .object({ files: z.number().int().nonnegative(), bytes: z.number().int().nonnegative() })
    .optional()
    .describe('All files in the output directory, returned or not: their number and total size.'),
  attempt: z.number().int().positive(),
  agent: z.string(),
  warnings: z.array(z.string()).optional(),
});

export const executionResultSchema = z.object({
  exit_code: z.number().int().optional().describe('Of the last container that ran. 128+n if signal n ended it.'),
  steps: z
    .array(stepSchema)
    .max(maxSteps)
    .optional()
    .describe('One entry per step that ran, in order, if the request has more than one step.'),
  output: z.string().describe('stdout and stderr in order of arrival, limited in size.'),
  logs: z.string().optional(),
  graph_update: z.unknown().optional(),
  output_files: z.array(outputFileSchema),
  missing_files: z.array(z.string()).optional(),
  minio_objects: z.array(uploadedObjectSchema),
  uploads: z
    .array(sentFileSchema)
    .optional()
    .describe('Files that `output.upload_to` sent to a URL. The URL is shown without its query.'),
  ref: z
    .string()
    .optional()
    .describe(
      'The object with the contents that were too large for this response, as JSON: `output_files`, `graph_update`, `minio_objects`.',
    ),
  ref_url: z.string().optional().describe('Presigned URL of that object.'),
  metadata: metadataSchema,
});

/** What the object holds that `ref` names. */
export const overflowSchema = executionResultSchema.pick({
  graph_update: true,
  output_files: true,
  minio_objects: true,
});

/** One answer, as it stands on the response channel. */
export const executionResponseSchema = z
  .object({
    correlation_id: z.string().nullable(),
    tenant: z.string().optional().describe('Whose request it was. `default` for requests over Redis.'),
    success: z.boolean(),
    result: executionResultSchema.optional().describe('Present if the container ran.'),
    error: z.string().optional().describe('What went wrong and how to fix it.'),
    error_code: errorCodeSchema.optional(),
    timestamp: z.iso.datetime(),
    duration: z.string().describe('`5.2s`'),
    execution_id: z.string(),
  })
  .describe('The result of one request.');

export type ExecutionResponse = z.infer<typeof executionResponseSchema>;
export type ExecutionResult = z.infer<typeof executionResultSchema>;
