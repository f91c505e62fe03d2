import { z } from 'zod';
import { commonHandleFields } from '../sandbox-handle.ts';
import { isolationSchema } from './shape/isolation.ts';

/** What finds the pod of an execution again. */
export const sandboxHandleSchema = z.object({
  ...commonHandleFields,
  namespace: z.string(),
  pod: z.string(),
  uid: z.string(),
  isolation: isolationSchema.default('own'),
  /** In order; a container for each is in the pod. */
  steps: z.array(z.object({ reference: z.string(), digest: z.string(), readOnlyRoot: z.boolean() })),
});

export type SandboxHandle = z.infer<typeof sandboxHandleSchema>;
