import { z } from 'zod';
import { containerPathSchema, inputSchema, outputSchema } from '../plan/plan.ts';

const count = z.number().int().nonnegative();

/** Limits of one execution's data. Sizes are in bytes. */
export const stagingLimitsSchema = z.object({
  /** Of all inputs together. */
  inputBytes: count,
  inputFiles: count,
  /** Files that are moved at the same time. */
  concurrency: count.min(1),
  /** Largest file whose content is returned in the response. */
  fileContentBytes: count,
  /** Collected content of one response, as JSON text, unless the caller sets it. */
  messageBytes: count,
  /** Of one output directory. */
  outputBytes: count,
  /** Entries of any kind in one output directory. */
  outputFiles: count,
  /** How deep its directories may be nested. */
  outputDepth: count,
  /** Of the graph document. */
  graphBytes: count,
  /** Seconds for which an uploaded object can be read by a URL; 0: no URLs. */
  presignSeconds: count,
});

export type StagingLimits = z.infer<typeof stagingLimitsSchema>;

const volumesSchema = z.array(z.object({ path: containerPathSchema, directory: z.string().min(1) }));

/** What every plan has. */
const common = {
  volumes: volumesSchema,
  limits: stagingLimitsSchema,
  /** Of objects that name none. */
  defaultBucket: z.string(),
  /** Whether the agent may name URLs by which the program itself reads and writes. */
  direct: z.boolean(),
};

/** Of a plan or a result, as JSON. */
export const maxPlanBytes = 64 * 1024 ** 2;

const fillSchema = z.object({ from: containerPathSchema, to: containerPathSchema });

/** Stages inputs into directories in which nothing runs yet. */
export const stagePlanSchema = z.object({
  ...common,
  inputs: z.array(inputSchema),
  /** Files that exist, which get the content of staged ones. */
  fills: z.array(fillSchema).exactOptional(),
});

/** Collects outputs from directories of containers. */
export const collectPlanSchema = z.object({
  ...common,
  outputs: z.array(outputSchema),
  /** Collected content of this response, as JSON text. */
  roomBytes: count.exactOptional(),
  /** Values that are hidden in contents, as base64. */
  hide: z.array(z.base64()),
});

export const stageReportSchema = z.object({ files: count, bytes: count, warnings: z.array(z.string()) });

/** What the agent opens a conversation with; the plan follows as bytes of JSON, and so does the result. */
export const taskSchema = z.object({ task: z.enum(['stage', 'collect']) });

const objectSchema = z.object({ bucket: z.string().exactOptional(), name: z.string().min(1) });

const sourceSchema = z.discriminatedUnion('kind', [
  objectSchema.extend({ kind: z.literal('object') }),
  z.object({ kind: z.literal('url'), url: z.url() }),
]);

/** What the program beside the data asks the agent for. Contents follow as bytes, in either direction. */
export const askSchema = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('open'), source: sourceSchema }),
  /** The reply comes first, then one JSON document a line. */
  z.object({ ask: z.literal('list'), prefix: z.object({ bucket: z.string().exactOptional(), name: z.string() }) }),
  z.object({ ask: z.literal('put'), target: sourceSchema, size: count.exactOptional() }),
  z.object({ ask: z.literal('presign'), object: objectSchema }),
  /** The URL by which the program itself reads or writes the bytes. */
  z.object({ ask: z.literal('direct'), use: z.enum(['get', 'put']), source: sourceSchema }),
]);

/** The bytes follow. */
export const openedSchema = z.object({ size: count.exactOptional() });

/** Absent: the bytes go through the agent. The query may hold secrets. */
export const directSchema = z.object({ url: z.url().exactOptional() });

export const listedSchema = z.object({ name: z.string(), size: count });

/** Written; the number of bytes. */
export const putDoneSchema = z.object({ size: count });

export const presignedSchema = z.object({ url: z.url() });

export type Fill = z.infer<typeof fillSchema>;
export type StagePlan = z.infer<typeof stagePlanSchema>;
export type CollectPlan = z.infer<typeof collectPlanSchema>;
export type Task = z.infer<typeof taskSchema>;
export type SourceAsk = z.infer<typeof sourceSchema>;
export type Ask = z.infer<typeof askSchema>;
