import { z } from 'zod';

/**
 * What a token can allow. `submit`: run, upload, cancel, delete; `read`: look at executions; `operate`: images, agents,
 * metrics; `admin`: the former also for the executions of other tenants, and tokens.
 */
export const scopeSchema = z.enum(['submit', 'read', 'operate', 'admin']);

export const scopes = scopeSchema.options;

export type Scope = z.infer<typeof scopeSchema>;
