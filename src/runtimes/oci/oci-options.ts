import type { Clock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { NetworkOptions } from '../network/network-options.ts';
import type { RegistryAccess } from '../registries/registry-access.ts';
import type { Staging } from '../runtime.ts';
import type { WarmOptions } from '../warm/warm-options.ts';

/** How to run containers with nothing but an OCI runtime: no daemon. */
export interface OciOptions {
  /** Where workspaces are made. */
  readonly workDir: string;
  /** The image store: outlives runs, may grow to `imageStoreMaxBytes`. */
  readonly imageDir: string;
  /** Logs, exit codes and configurations of what runs. */
  readonly stateDir: string;
  readonly imageStoreMaxBytes: number;
  /** Whether the image name `host` means this machine's /usr. */
  readonly allowHostImage: boolean;
  readonly staging: Staging;
  readonly logger: Logger;
  readonly clock: Clock;
  /** In the form of `$PATH`. */
  readonly searchPath: string;
  /** Environment of skopeo and umoci: proxies. Default: `PATH` and `HOME`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** OCI runtimes to try, in order: names or absolute paths. Default: crun, runc. */
  readonly engines?: readonly string[];
  /** Absolute paths, for what is not to be looked for on the search path. */
  readonly commands?: CommandPaths;
  /** Default: the profile that containers-common installs. */
  readonly seccompProfile?: string;
  /** A Docker Engine whose images may be used: `unix:///path` or `tcp://host:port`. */
  readonly dockerHost?: string;
  readonly registries: RegistryAccess;
  readonly network?: Partial<NetworkOptions>;
  /** A directory in memory for secrets that come as files. */
  readonly secretsDir: string;
  /** Absent: no containers are made before they are needed. */
  readonly warm?: WarmOptions;
  readonly limits?: Partial<OciLimits>;
}

export interface CommandPaths {
  readonly init?: string;
  readonly skopeo?: string;
  readonly umoci?: string;
}

export interface OciLimits {
  /**
   * Bytes of stdout and of stderr, each, that are kept on disk; what comes after is dropped unseen. Give it more than a
   * caller accepts, so that the caller is the one who notices.
   */
  readonly maxLogBytes: number;
  /** How long a reader that has read all waits before it looks again, so that a trickle does not keep it busy. */
  readonly logPauseMs: number;
  /** Of a plan that does not say. */
  readonly shmBytes: number;
  /** Open files of one process; never more than the agent itself may have. */
  readonly openFiles: number;
  /** How often a container is looked at that an earlier agent started. */
  readonly adoptedCheckMs: number;
  /** How long a killed container may take to go. */
  readonly killWaitMs: number;
  readonly probeMs: number;
  /** How long a container may take to wait for its command. */
  readonly warmStartMs: number;
  /** An image used this recently is not pruned: its container may be about to start. */
  readonly pruneGraceMs: number;
  readonly pullProgressMs: number;
  /** Files, directories and links of one image. */
  readonly imageEntries: number;
  /** How often the disk is looked at while an image is unpacked. */
  readonly unpackCheckMs: number;
  /** Free space that a pull leaves on the disk. */
  readonly keepFreeBytes: number;
}

const MiB = 1024 ** 2;

export const defaultLimits: OciLimits = {
  maxLogBytes: 256 * MiB,
  logPauseMs: 5,
  shmBytes: 64 * MiB,
  openFiles: 65_536,
  adoptedCheckMs: 1000,
  killWaitMs: 10_000,
  probeMs: 20_000,
  warmStartMs: 30_000,
  pruneGraceMs: 60_000,
  pullProgressMs: 500,
  imageEntries: 1_000_000,
  unpackCheckMs: 100,
  keepFreeBytes: 256 * MiB,
};
