import { z } from 'zod';

/** The part of an image's configuration that running it needs; the names are those of the OCI image specification. */
export const imageConfigSchema = z.object({
  architecture: z.string().default('amd64'),
  os: z.string().default('linux'),
  config: z
    .object({
      User: z.string().nullish(),
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      StopSignal: z.string().nullish(),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish()
    .transform((config) => config ?? {}),
});

export type ImageConfig = z.infer<typeof imageConfigSchema>;
