import { z } from 'zod';
import { ExecError } from '../support/exec-error.ts';
import { confinementSchema, containerPathSchema, resourcesSchema, volumeSchema } from '../wire/plan/plan.ts';
import type { Handle } from '../wire/record/record.ts';

/** What every driver records of a sandbox; each adds its name and what else it needs to find the sandbox again. */
export const commonHandleFields = {
  executionId: z.uuid(),
  deployment: z.string(),
  volumes: z.array(volumeSchema),
  scratch: z.array(containerPathSchema),
  resources: resourcesSchema,
  confinement: confinementSchema,
};

/**
 * @param driver its name, for the message
 * @throws ExecError INTERNAL for a handle that another driver made
 */
export function readHandle<T>(schema: z.ZodType<T>, handle: Handle, driver: string): T {
  const { data, error } = schema.safeParse(handle);
  if (data !== undefined) return data;
  throw new ExecError('INTERNAL', `The handle in the record was not made by the ${driver} driver.`, { cause: error });
}
