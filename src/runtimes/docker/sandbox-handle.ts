import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import { confinementSchema, containerPathSchema, resourcesSchema, volumeSchema } from '../../wire/plan.ts';
import type { Handle } from '../../wire/record.ts';

const specSchema = z.object({
  runtime: z.literal('docker'),
  sandboxId: z.uuid(),
  executionId: z.uuid(),
  deployment: z.string(),
  volumes: z.array(volumeSchema),
  scratch: z.array(containerPathSchema),
  resources: resourcesSchema,
  confinement: confinementSchema,
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
  /** The path of the one around its control group. */
  group: z.string().optional(),
});

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;

/** @throws ExecError INTERNAL for a handle that another driver made */
export function readHandle<T>(schema: z.ZodType<T>, handle: Handle): T {
  const { data, error } = schema.safeParse(handle);
  if (data !== undefined) return data;
  throw new ExecError('INTERNAL', 'The handle in the record is none that the Docker driver made.', { cause: error });
}
