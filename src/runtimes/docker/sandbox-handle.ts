import { z } from 'zod';
import { commonHandleFields } from '../sandbox-handle.ts';

const specSchema = z.object({
  ...commonHandleFields,
  runtime: z.literal('docker'),
  sandboxId: z.uuid(),
  network: z
    .object({ mode: z.enum(['none', 'open']), holder: z.string().nullable() })
    .default({ mode: 'none', holder: null }),
});

export const sandboxHandleSchema = z.discriminatedUnion('transfer', [
  specSchema.extend({ transfer: z.literal('bind') }),
  specSchema.extend({ transfer: z.literal('archive'), helper: z.string() }),
]);

export const containerHandleSchema = z.object({
  id: z.string(),
  image: z.string(),
  command: z.string().optional(),
  /** It ran already, and waited for its command. */
  waited: z.boolean().optional(),
  /** The path of the one around its cgroup. */
  group: z.string().optional(),
});

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;
