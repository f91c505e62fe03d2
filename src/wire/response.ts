import { z } from 'zod';
import { errorCodeSchema } from './error-codes.ts';
import { phasesSchema, sentFileSchema } from './record.ts';
import { severitySchema } from './scan.ts';

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

const metadataSchema = z.object({
  execution_time: z.string().describe('How long the container ran: `5.2s`.'),
  phases: phasesSchema,
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
  resource_usage: z.object({ cpu_seconds: z.number().optional(), memory_peak_bytes: z.number().optional() }).optional(),
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
  exit_code: z.number().int().optional().describe('128+n if signal n ended it.'),
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
