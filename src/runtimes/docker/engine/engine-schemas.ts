import { z } from 'zod';

/** What the driver reads of the engine's answers; everything else in them is let go. */

export const refusalSchema = z.object({ message: z.string() });

export const versionSchema = z.object({
  Version: z.string(),
  Arch: z.string().nullish(),
  ApiVersion: z.string(),
  Components: z.array(z.object({ Name: z.string(), Version: z.string().nullish() })).nullish(),
});

export const infoSchema = z.object({
  MemoryLimit: z.boolean().nullish(),
  PidsLimit: z.boolean().nullish(),
  CpuCfsQuota: z.boolean().nullish(),
  CgroupDriver: z.string().nullish(),
  DockerRootDir: z.string().nullish(),
  Driver: z.string().nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  /** Devices that engines from 28 on find by themselves: GPUs, mostly. */
  DiscoveredDevices: z.array(z.unknown()).nullish(),
  SecurityOptions: z.array(z.string()).nullish(),
  Plugins: z.object({ Log: z.array(z.string()).nullish() }).nullish(),
});

export const createdSchema = z.object({ Id: z.string().min(1) });

export const exitSchema = z.object({ StatusCode: z.number().int() });

export const containerSchema = z.object({
  Id: z.string(),
  /** RFC 3339. */
  Created: z.string().nullish(),
  /** Only when it was asked for. */
  SizeRw: z.number().nullish(),
  GraphDriver: z.object({ Data: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  Mounts: z
    .array(
      z.object({ Type: z.string().nullish(), Name: z.string().nullish(), Source: z.string(), Destination: z.string() }),
    )
    .nullish(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean().nullish(),
    ExitCode: z.number().int(),
    /** RFC 3339. */
    FinishedAt: z.string().nullish(),
    /** As the engine's machine counts them; 0 when it does not run. */
    Pid: z.number().int().nullish(),
  }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish(), StopSignal: z.string().nullish() }).nullish(),
});

export const containerListSchema = z.array(
  z.object({
    Id: z.string(),
    /** Each begins with a slash. */
    Names: z.array(z.string()).nullish(),
    ImageID: z.string().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

export const changesSchema = z.array(z.object({ Path: z.string() })).nullable();

export const volumeListSchema = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() })).nullish(),
});

export const imageSchema = z.object({
  Id: z.string(),
  /** Of all its layers, unpacked. */
  Size: z.number().nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  /** Where its layers are, as the engine's host calls them, separated by colons. */
  GraphDriver: z
    .object({ Data: z.object({ LowerDir: z.string().nullish(), UpperDir: z.string().nullish() }).nullish() })
    .nullish(),
  Config: z
    .object({
      User: z.string().nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
    })
    .nullish(),
});

export const imageListSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Size: z.number(),
    /** Epoch seconds. */
    Created: z.number(),
  }),
);

export const pullMessageSchema = z.object({
  id: z.string().nullish(),
  status: z.string().nullish(),
  progressDetail: z.object({ current: z.number().nullish(), total: z.number().nullish() }).nullish(),
  error: z.string().nullish(),
});

export type PullMessage = z.infer<typeof pullMessageSchema>;
