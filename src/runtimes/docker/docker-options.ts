import type { Clock } from '../../support/time/clock.ts';
import type { Logger } from '../../telemetry/log.ts';
import { defaultNetworkOptions, type NetworkOptions } from '../network/network-options.ts';
import type { RegistryAccess } from '../registries/registry-access.ts';
import type { Staging } from '../runtime.ts';
import type { WarmOptions } from '../warm/warm-options.ts';

export interface DockerRuntimeOptions {
  /** `unix:///var/run/docker.sock` or `tcp://host:port`. */
  readonly host: string;
  /** Speak TLS, for a `tcp://` host. */
  readonly tls?: TlsMaterial | undefined;
  /** Holds the workspaces; on the engine's own machine where `transfer` is `bind`. Made when it is missing. */
  readonly workDir: string;
  readonly staging: Staging;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How data reaches containers: `bind` mounts, the `archive` API, or bind mounts `auto`matically where a proof succeeds. */
  readonly transfer: 'auto' | 'bind' | 'archive';
  readonly registries: RegistryAccess;
  readonly network?: Partial<DockerNetworkOptions>;
  /** A directory in memory for secrets that come as files. */
  readonly secretsDir: string;
  /** Absent: no containers are made before they are needed. */
  readonly warm?: WarmOptions;
  readonly limits?: Partial<DockerLimits>;
}

export interface DockerNetworkOptions extends NetworkOptions {
  /** The engine's network that open sandboxes join. */
  readonly openNetwork: string;
  /** Where programs are looked for, in the form of `$PATH`. */
  readonly searchPath: string;
}

export const defaultDockerNetwork: DockerNetworkOptions = {
  ...defaultNetworkOptions,
  openNetwork: 'bridge',
  searchPath: '',
};

/** PEM texts. */
export interface TlsMaterial {
  readonly ca: string;
  /** Absent, as the key: the engine asks for no client certificate. */
  readonly cert?: string;
  readonly key?: string;
}

/** Times are in milliseconds. */
export interface DockerLimits {
  readonly connectTimeoutMs: number;
  /** For a call that does not stream. */
  readonly callTimeoutMs: number;
  /** The largest answer of a call that does not stream. */
  readonly answerBytes: number;
  readonly idleConnections: number;
  /** When a silent TCP connection is first probed: a wait may be silent for days. */
  readonly keepAliveMs: number;
  /** How long a container is waited for while its engine does not answer, as during a restart of the engine. */
  readonly engineAwayMs: number;
  readonly retryPauseMs: number;
  /** How long the engine may take to end a killed container. */
  readonly killTimeoutMs: number;
  /** Open files of a process in a container; must be within what the engine itself may have. */
  readonly openFiles: number;
  /** The engine keeps a container's output in this many files of this size; what is older than that is lost. */
  readonly logFileBytes: number;
  readonly logFiles: number;
  /** The longest message in a log stream; engines cut lines far below. */
  readonly logMessageBytes: number;
  /** How many messages are read again at the end, because followers can miss the last ones. */
  readonly logTailMessages: number;
  /** How often a log is read on from one place that the engine cannot read. */
  readonly logReadTries: number;
  /** How long an engine that was away may take to tell the last of a container that has ended. */
  readonly logSettleMs: number;
  /** How many containers are started at a time. */
  readonly startsAtOnce: number;
  /** How long one of them may keep the others waiting. */
  readonly startTurnMs: number;
  /** How long a container may take to wait for its command. */
  readonly warmStartMs: number;
  /** How long systemd may take to release the cgroup of a container that has been removed. */
  readonly groupStopMs: number;
  readonly pullProgressIntervalMs: number;
  readonly pullMessageBytes: number;
  /** What an image may have to download, and may take unpacked. */
  readonly pullBytes: number;
  /** Files and directories that an image may have. */
  readonly imageEntries: number;
  /** How often the disk is looked at while an image is unpacked, in milliseconds. */
  readonly unpackCheckMs: number;
  /** Bounds for what the archive API brings from an output directory. */
  readonly archiveBytes: number;
  readonly archiveEntries: number;
  readonly archiveDepth: number;
}

const MiB = 1024 ** 2;

export const defaultDockerLimits: DockerLimits = {
  connectTimeoutMs: 10_000,
  callTimeoutMs: 120_000,
  answerBytes: 64 * MiB,
  idleConnections: 16,
  keepAliveMs: 30_000,
  engineAwayMs: 60_000,
  retryPauseMs: 250,
  killTimeoutMs: 30_000,
  openFiles: 16_384,
  logFileBytes: 128 * MiB,
  logFiles: 2,
  logMessageBytes: 4 * MiB,
  logTailMessages: 256,
  logReadTries: 8,
  logSettleMs: 1000,
  startsAtOnce: 4,
  startTurnMs: 30_000,
  warmStartMs: 30_000,
  groupStopMs: 30_000,
  pullProgressIntervalMs: 250,
  pullMessageBytes: MiB,
  pullBytes: 20 * 1024 * MiB,
  imageEntries: 1_000_000,
  unpackCheckMs: 100,
  archiveBytes: 16 * 1024 * MiB,
  archiveEntries: 100_000,
  archiveDepth: 64,
};
