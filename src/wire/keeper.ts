import { z } from 'zod';

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
