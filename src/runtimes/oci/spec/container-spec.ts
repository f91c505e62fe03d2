import { ExecError } from '../../../support/exec-error.ts';
import type { Resources, Step } from '../../../wire/plan/plan.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import { chooseCommand } from '../../command/choose-command.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { refuseLongArguments } from '../../command/refuse-long-arguments.ts';
import type { UserIds } from '../../users/resolve-user.ts';
import type { ImageConfig } from '../image/image-config.ts';
import type { SeccompFilter } from './seccomp-profile.ts';
import { initPath } from './spec-mounts.ts';
import type { OciMount, OciProcess, OciSpec } from './spec-types.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const umask = 0o022;
const cpuPeriod = 100_000;
// What the kernel takes at least.
const minCpuQuota = 1000;

// The same lists as Docker's.
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

type ContainerUser = UserIds & { readonly home: string };

export interface SpecInput {
  readonly rootPath: string;
  readonly step: Step;
  readonly command: readonly string[];
  readonly image: ImageConfig;
  readonly user: ContainerUser;
  readonly mounts: readonly OciMount[];
  readonly resources: Resources;
  readonly openFiles: number;
  /** What root inside the container may do, with `CAP_`; everyone else may do none of it. */
  readonly capabilities: readonly string[];
  readonly seccomp: SeccompFilter;
  readonly cgroupsPath: string;
  /** The OOM score adjustment, from -1000 to 1000; absent: inherited from the process that starts it. */
  readonly oomScore?: number | undefined;
  /** A path of the network namespace to join; absent: one of its own. */
  readonly networkPath?: string | undefined;
  /** Whether the kernel counts swap; without, there is no limit to set. */
  readonly countsSwap: boolean;
  /** Stored with the container, for an agent that finds it later; OCI runtimes ignore them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * A hardened container: own namespaces, few capabilities, filtered system calls, no new privileges, limits.
 * @throws ExecError START_FAILED for a command or variables that no kernel takes
 */
export function containerSpec(input: SpecInput): OciSpec {
  const { resources, mounts, seccomp, cgroupsPath, networkPath, annotations } = input;
  const { memoryBytes, cpus, pids } = resources;
  return {
    ociVersion: '1.0.2',
    root: { path: input.rootPath, readonly: input.step.readOnlyRoot },
    hostname: containerHostname,
    process: processOf(input),
    mounts,
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        { type: 'network', ...(networkPath === undefined ? {} : { path: networkPath }) },
      ],
      cgroupsPath,
      resources: {
        memory: input.countsSwap ? { limit: memoryBytes, swap: memoryBytes } : { limit: memoryBytes },
        cpu: { quota: cpuQuota(cpus), period: cpuPeriod },
        pids: { limit: pids },
        devices: [{ allow: false, access: 'rwm' }],
      },
      maskedPaths,
      readonlyPaths,
      seccomp,
    },
    annotations,
  };
}

/** Microseconds of every 100 ms. */
export function cpuQuota(cpus: number): number {
  return Math.max(minCpuQuota, Math.round(cpus * cpuPeriod));
}

function processOf({ step, command, image, user, openFiles, capabilities, oomScore }: SpecInput): OciProcess {
  const forRoot = user.uid === 0 ? capabilities : [];
  const env = environmentOf(step, image, user);
  refuseLongArguments(command, env);
  return {
    terminal: false,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids, umask },
    args: [initPath, '--', ...command],
    env,
    cwd: step.workingDir ?? (image.config.WorkingDir || '/'),
    capabilities: { bounding: capabilities, effective: forRoot, permitted: forRoot },
    rlimits: [
      { type: 'RLIMIT_NOFILE', hard: openFiles, soft: openFiles },
      { type: 'RLIMIT_CORE', hard: 0, soft: 0 },
    ],
    noNewPrivileges: true,
    ...(oomScore !== undefined && { oomScoreAdj: oomScore }),
  };
}

/**
 * @throws ExecError START_FAILED when there is no command
 */
export function commandOf(step: Step, { config }: ImageConfig): readonly string[] {
  const command = chooseCommand(step, { entrypoint: config.Entrypoint ?? [], command: config.Cmd ?? [] });
  if (command.length > 0) return command;
  throw new ExecError(
    'START_FAILED',
    sentence`The image ${step.image.reference} has no command of its own. Name one in ${part('command')}.`,
  );
}

function environmentOf(step: Step, { config }: ImageConfig, user: ContainerUser): readonly string[] {
  const fromImage = (config.Env ?? []).flatMap((line): [string, string][] => {
    const equals = line.indexOf('=');
    return equals < 1 ? [] : [[line.slice(0, equals), line.slice(equals + 1)]];
  });
  const all = new Map([['PATH', defaultPath], ['HOSTNAME', containerHostname], ['HOME', user.home], ...fromImage]);
  for (const [name, value] of Object.entries(step.env)) all.set(name, value);
  return [...all].map(([name, value]) => `${name}=${value}`);
}
