import { z } from 'zod';

export const severitySchema = z.enum(['unknown', 'negligible', 'low', 'medium', 'high', 'critical']);

/** What is known of the vulnerabilities of an image that ran, or was not allowed to. */
export const imageScanSchema = z.object({
  /** `unscanned`: nobody could look, for the reason given. */
  verdict: z.enum(['passed', 'warned', 'denied', 'unscanned']),
  /** `trivy` or `grype`, as the report has it. */
  scanner: z.string().optional(),
  /** Epoch milliseconds. */
  scannedAt: z.number().optional(),
  /** How many there are of each severity. */
  counts: z.partialRecord(severitySchema, z.number()).optional(),
  /** Those that reach the threshold and have no exception, the worst first; of many the first few. */
  above: z.array(z.string()).optional(),
  reason: z.string().optional(),
});

export type Severity = z.infer<typeof severitySchema>;
export type ImageScan = z.infer<typeof imageScanSchema>;
