import { z } from 'zod';
import { commonHandleFields } from '../sandbox-handle.ts';

/** All that a sandbox was opened with; the rest is on disk. */
export const sandboxHandleSchema = z.object({
  ...commonHandleFields,
  runtime: z.literal('oci'),
  /** Of its own, by id; null: none. */
  network: z.string().nullable().default(null),
});

export const containerHandleSchema = z.object({ container: z.uuid() });

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;
