import { z } from 'zod';
import { severitySchema } from '../scan.ts';

const imageScanRowSchema = z
  .object({
    scanner: z.string(),
    scanned_at: z.iso.datetime(),
    counts: z.partialRecord(severitySchema, z.number()).describe('Numbers of vulnerabilities by severity.'),
  })
  .describe('What a scanner found in an image.');

export const imageListSchema = z.object({
  images: z.array(
    z.object({
      references: z.array(z.string()),
      digest: z.string(),
      size_bytes: z.number().int().nonnegative(),
      used_at: z.iso.datetime().optional().describe('When it was pulled or used last, as far as the agent knows.'),
      scan: imageScanRowSchema.optional().describe('Absent: it was not scanned.'),
      refused: z
        .array(z.object({ reference: z.string(), says: z.string() }))
        .optional()
        .describe('In lists: those of its names that the policy does not let the tenant run, and why.'),
    }),
  ),
});

export const imagePullSchema = z
  .strictObject({ image: z.string().min(1).describe('Reference, such as `python:3.9-slim`.') })
  .describe('An image to pull.');

export const pulledImageSchema = z
  .object({ reference: z.string(), digest: z.string() })
  .describe('A pulled image, by the reference that was asked for.');

export const pullProgressSchema = z
  .object({
    reference: z.string(),
    received_bytes: z.number().int().nonnegative(),
    total_bytes: z.number().int().nonnegative().optional().describe('Absent until it is known.'),
    status: z.string(),
  })
  .describe('How far a pull is.');

export const imagePruneSchema = z
  .strictObject({
    keep: z
      .string()
      .optional()
      .describe('Stop when the remaining images are this small, such as `5g`. Default: remove all unused images.'),
  })
  .describe('Which images to remove.');

export type ImageScanRow = z.infer<typeof imageScanRowSchema>;
export type ImageList = z.infer<typeof imageListSchema>;
export type PulledImage = z.infer<typeof pulledImageSchema>;
export type PullProgress = z.infer<typeof pullProgressSchema>;
