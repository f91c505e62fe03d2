import { z } from 'zod';

/** What kubectl writes where a list is empty. */
const listOf = <T>(item: z.ZodType<T>) => z.array(item).nullish();

const optionalText = z.string().nullish();

const clusterSchema = z.object({
  server: z.string().min(1),
  'certificate-authority': optionalText,
  'certificate-authority-data': optionalText,
  'tls-server-name': optionalText,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'proxy-url': optionalText,
});

const userSchema = z.object({
  token: optionalText,
  tokenFile: optionalText,
  'client-certificate': optionalText,
  'client-certificate-data': optionalText,
  'client-key': optionalText,
  'client-key-data': optionalText,
  username: optionalText,
  'auth-provider': z.unknown().optional(),
  exec: z
    .object({
      apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
      command: z.string().min(1),
      args: listOf(z.string()),
      env: listOf(z.object({ name: z.string(), value: z.string() })),
      installHint: optionalText,
      interactiveMode: optionalText,
    })
    .nullish(),
});

const contextSchema = z.object({ cluster: z.string(), user: z.string().nullish(), namespace: optionalText });

/** The parts of a kubeconfig that an agent uses; others are skipped. */
export const kubeconfigSchema = z.object({
  'current-context': optionalText,
  clusters: listOf(z.object({ name: z.string(), cluster: clusterSchema })),
  users: listOf(z.object({ name: z.string(), user: userSchema.nullish() })),
  contexts: listOf(z.object({ name: z.string(), context: contextSchema })),
});

export type KubeconfigCluster = z.infer<typeof clusterSchema>;
export type KubeconfigUser = z.infer<typeof userSchema>;
