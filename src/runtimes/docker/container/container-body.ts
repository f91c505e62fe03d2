import type { Confinement, Resources } from '../../../wire/plan/plan.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { refuseLongArguments } from '../../command/refuse-long-arguments.ts';
import { isGvisor, processLimit } from '../../gvisor.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import { secretVariables } from '../../secrets/secret-variables.ts';
import type { UserIds } from '../../users/resolve-user.ts';
import type { DockerLimits } from '../docker-options.ts';
import type { EngineFacts } from '../engine/connect-engine.ts';
import { jsonBytesOfOne } from '../logs/log-cost.ts';

/** One entry of the engine's `HostConfig.Mounts`. */
export interface Mount {
  readonly Type: 'bind' | 'volume';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly VolumeOptions?: { readonly NoCopy: boolean; readonly Labels: Readonly<Record<string, string>> };
}

export interface ContainerParts {
  readonly sandbox: Pick<SandboxSpec, 'resources' | 'scratch' | 'confinement'>;
  readonly step: StepSpec;
  /** The ids that it runs with; undefined: those that the engine finds for the step's user, or the image's. */
  readonly ids: UserIds | undefined;
  readonly mounts: readonly Mount[];
  /** Absent: the engine makes an `/etc/hosts`. */
  readonly hostsFile?: Mount | undefined;
  /** As the engine takes it: `none`, the name of a network, or `container:<id>`. */
  readonly networkMode: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The control group that the engine makes the container's own in, as it takes it; absent: its usual one. */
  readonly group?: string | undefined;
  readonly facts: Pick<EngineFacts, 'logDriver' | 'losesTmpfsMode' | 'ociRuntimes'>;
  readonly limits: Pick<DockerLimits, 'openFiles' | 'logFileBytes' | 'logFiles'>;
}

const nanosPerCpu = 1e9;

/**
 * The body of `POST /containers/create`: the seccomp profile is the engine's default one, there is no automatic removal
 * (it would take the exit code with it), no restart, no terminal and no standard input.
 */
export function containerBody({ sandbox, step: { step, image, secrets = [] }, ...rest }: ContainerParts) {
  const { resources, scratch, confinement } = sandbox;
  const { limits, facts, hostsFile, networkMode, ids } = rest;
  const runtime = runtimeOf(confinement, facts.ociRuntimes);
  const joinsOther = networkMode.startsWith('container:');
  const losesTmpfsMode = facts.losesTmpfsMode && !isGvisor(runtime.Runtime);
  const logFileBytes = limits.logFileBytes * (facts.logDriver === 'json-file' ? jsonBytesOfOne : 1);
  const openFiles = Math.min(limits.openFiles, resources.openFiles ?? limits.openFiles);
  const scratchOptions = `rw,exec,nosuid,nodev,mode=1777,size=${resources.scratchBytes}`;
  const env = Object.entries({ ...step.env, ...secretVariables(secrets) }).map(([name, value]) => `${name}=${value}`);
  refuseLongArguments([...(step.entrypoint ?? []), ...(step.command ?? [])], env);
  return {
    Image: image.id ?? image.reference,
    Cmd: step.command,
    Entrypoint: step.entrypoint,
    Env: env,
    WorkingDir: losesTmpfsMode ? disguised(step.workingDir, scratch) : step.workingDir,
    User: ids === undefined ? step.user : `${ids.uid}:${ids.gid}`,
    // One that joins another's network has its name, too.
    Hostname: joinsOther ? undefined : containerHostname,
    Labels: rest.labels,
    Tty: false,
    OpenStdin: false,
    Healthcheck: { Test: ['NONE'] },
    // An engine need not set up a network that has nothing but a loopback: the kernel's new namespace has one. Engines
    // before 28 save a start of their own program by that, but then make no /etc/hosts.
    NetworkDisabled: networkMode === 'none' && hostsFile !== undefined,
    HostConfig: {
      NetworkMode: networkMode,
      // Without a network the engine writes no line for the container itself.
      ExtraHosts: networkMode === 'none' && hostsFile === undefined ? [`${containerHostname}:127.0.0.1`] : undefined,
      GroupAdd: ids?.additionalGids.map(String),
      Init: true,
      ...capabilitiesOf(confinement),
      ...runtime,
      ...devicesOf(resources),
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: step.readOnlyRoot,
      Memory: resources.memoryBytes,
      // The same as the memory: no swap beyond it.
      MemorySwap: resources.memoryBytes,
      NanoCpus: Math.round(resources.cpus * nanosPerCpu),
      CgroupParent: rest.group,
      ShmSize: resources.shmBytes,
      PidsLimit: processLimit(resources.pids, runtime.Runtime),
      Ulimits: [
        { Name: 'nofile', Soft: openFiles, Hard: openFiles },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      Tmpfs: Object.fromEntries(scratch.map((path) => [path, scratchOptions])),
      Mounts: hostsFile === undefined ? rest.mounts : [...rest.mounts, hostsFile],
      LogConfig: {
        Type: facts.logDriver,
        Config: { 'max-size': String(logFileBytes), 'max-file': String(limits.logFiles) },
      },
    },
  };
}

function capabilitiesOf({ capabilities }: Confinement) {
  return capabilities === 'engine' ? {} : { CapDrop: ['ALL'], CapAdd: capabilities };
}

/** A runtime that the engine does not have is only left out where the policy lets it be. */
function runtimeOf({ ociRuntime }: Confinement, present: readonly string[]): { readonly Runtime?: string } {
  if (ociRuntime === undefined) return {};
  const canFallBack = ociRuntime.missing === 'fall-back' && !present.includes(ociRuntime.name);
  return canFallBack ? {} : { Runtime: ociRuntime.name };
}

function devicesOf({ gpus }: Resources) {
  if (gpus === undefined) return {};
  return { DeviceRequests: [{ Count: gpus === 'all' ? -1 : gpus, Capabilities: [['gpu']] }] };
}

/**
 * Engines make the working directory (0755, root's) before scratch is mounted over it, and an old runc then gives the
 * scratch that mode, so that only root could write there. They find nothing to make behind the kernel's link to `/`.
 */
function disguised(workingDir: string | undefined, scratch: readonly string[]): string | undefined {
  if (workingDir === undefined) return undefined;
  const inScratch = scratch.some((path) => workingDir === path || workingDir.startsWith(`${path}/`));
  return inScratch ? `/proc/self/root${workingDir}` : workingDir;
}
