import { z } from 'zod';
import { errorCodeSchema } from './error-codes.ts';
import { phasesSchema, sentFileSchema } from './record.ts';
import { severitySchema } from './scan.ts';

const outputFileSchema = z.object({
  name: z.string().describe('Relative to the output directory: `a/b.csv`.'),
  path: z.string().describe('As the container saw it.'),
  content: z.string().optional().describe('Absent when `truncated`, or when `ref` is there.'),
  encoding: z.enum(['utf8', 'base64']),
  size: z.number().int().nonnegative().describe('Bytes.'),
  sha256: z.string().optional(),
  truncated: z.literal(true).optional().describe('Too large to come back inside the answer.'),
  ref: z.string().optional().describe('The object that holds the content instead; the same as `result.ref`.'),
});

const uploadedObjectSchema = z.object({
  object_name: z.string(),
  size: z.number().int().nonnegative(),
  bucket: z.string().optional(),
  sha256: z.string().optional(),
  url: z.string().optional().describe('From which anyone can read it for a while, where presigning is on.'),
});

const serviceUseSchema = z.object({
  calls: z.number().int().describe('Calls that were let through.'),
  bytes: z.number().int().describe('Of request and answer bodies.'),
  errors: z.number().int().describe('Calls that the service failed.'),
  ms: z.number().describe('How long the calls took, added up.'),
  tokens: z.number().describe('As the service counts them.'),
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
      above: z.array(z.string()).optional().describe('What reaches the threshold of the policy, the worst first.'),
      reason: z.string().optional().describe('Why it could not be scanned.'),
    })
    .optional()
    .describe('What a scanner found in the image, where the policy asks for that.'),
  resource_usage: z.object({ cpu_seconds: z.number().optional(), memory_peak_bytes: z.number().optional() }).optional(),
  services: z.record(z.string(), serviceUseSchema).optional().describe('What was taken of each granted service.'),
  attempt: z.number().int().positive(),
  agent: z.string(),
  warnings: z.array(z.string()).optional(),
});

export const executionResultSchema = z.object({
  exit_code: z.number().int().optional().describe('128+n when signal n ended it.'),
  output: z.string().describe('stdout and stderr as they came, bounded.'),
  logs: z.string().optional(),
  graph_update: z.unknown().optional(),
  output_files: z.array(outputFileSchema),
  missing_files: z.array(z.string()).optional(),
  minio_objects: z.array(uploadedObjectSchema),
  uploads: z
    .array(sentFileSchema)
    .optional()
    .describe('Files that `output.upload_to` sent to a URL, which is told without its query.'),
  ref: z
    .string()
    .optional()
    .describe(
      'The object with all that this answer had no room for, as JSON: `output_files` with their contents, `graph_update`, `minio_objects`.',
    ),
  ref_url: z.string().optional().describe('From which anyone can read that object for a while.'),
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
    success: z.boolean(),
    result: executionResultSchema.optional().describe('There whenever the container ran.'),
    error: z.string().optional().describe('A sentence a person can act on.'),
    error_code: errorCodeSchema.optional(),
    timestamp: z.iso.datetime(),
    duration: z.string().describe('`5.2s`'),
    execution_id: z.string(),
  })
  .describe('What became of one request.');

export type ExecutionResponse = z.infer<typeof executionResponseSchema>;
export type ExecutionResult = z.infer<typeof executionResultSchema>;
