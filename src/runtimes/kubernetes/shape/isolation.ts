import { z } from 'zod';

/**
 * What keeps a command away from the network of its pod. `own`: a network namespace with a loopback interface alone, for which pods
 * need user namespaces. `policy`: the network policies of the cluster, which each pod tests before its command begins.
 */
export const isolationSchema = z.enum(['own', 'policy']);

export type Isolation = z.infer<typeof isolationSchema>;
