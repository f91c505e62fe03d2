import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import { confinementSchema, containerPathSchema, resourcesSchema, volumeSchema } from '../../wire/plan.ts';
import type { Handle } from '../../wire/record.ts';

/** All that a sandbox was opened with; the rest is on disk. */
export const sandboxHandleSchema = z.object({
  runtime: z.literal('oci'),
  executionId: z.uuid(),
  deployment: z.string(),
  volumes: z.array(volumeSchema),
  scratch: z.array(containerPathSchema),
  resources: resourcesSchema,
  confinement: confinementSchema,
  /** Of its own, by id; null: none. */
  network: z.string().nullable().default(null),
});

export const containerHandleSchema = z.object({ container: z.uuid() });

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;

/** @throws ExecError INTERNAL for a handle that another driver made */
export function readHandle<T>(schema: z.ZodType<T>, handle: Handle): T {
  const { data, error } = schema.safeParse(handle);
  if (data !== undefined) return data;
  throw new ExecError('INTERNAL', 'The handle in the record is none that the OCI driver made.', { cause: error });
}
