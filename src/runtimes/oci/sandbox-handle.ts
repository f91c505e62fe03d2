import { z } from 'zod';
import { commonHandleFields } from '../sandbox-handle.ts';

/** All that a sandbox was opened with; the rest is on disk. */
export const sandboxHandleSchema = z.object({
  ...commonHandleFields,
  runtime: z.literal('oci'),
  /** Of its own, by id; null: none. */
  network: z.string().nullable().default(null),
});

export const containerHandleSchema = z.object({
  container: z.string().regex(/^(?:warm-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  /** It waited for its command. */
  waited: z.boolean().optional(),
  /** The command's name, for messages; absent: as its config.json says. */
  command: z.string().optional(),
});

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;
