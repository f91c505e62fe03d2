import type { Socket } from 'node:net';
import type { ValueMask } from '../support/mask-json.ts';
import type { NetworkCounts } from '../telemetry/agent-metrics.ts';
import type { Confinement, ExecutionPlan, Input, Output, PortMapping, Resources, Step, Volume } from '../wire/plan.ts';
import type { Collected, Exit, Handle } from '../wire/record.ts';
import type { MeasureUsage, Usage } from '../workspace/measure-usage.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
import type { Program } from './known-escapes.ts';

export type { NetworkCounts, StageReport, Usage, WorkspaceRoots };

/** What a driver can do here, declared before anyone depends on it. */
export interface Capabilities {
  /** Understands the image name `host`. */
  readonly hostImage: boolean;
  /** Containers can be joined to a network that leads out of this machine. */
  readonly openNetwork: boolean;
  /** Memory, CPU and process limits are enforced. */
  readonly limits: boolean;
  /** Containers can be given GPUs. */
  readonly gpus: boolean;
}

/** Something that works here, or a sentence that says why not. */
export type Ability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface Health {
  readonly ok: boolean;
  /** What answered: `Docker 20.10.24, API 1.41`. */
  readonly version?: string;
  /** Why it cannot be used and what to do about it, or why it can. */
  readonly reason: string;
}

export interface SandboxSpec {
  readonly executionId: string;
  /** Which installation owns the sandbox; two of them never touch each other's. */
  readonly deployment: string;
  readonly volumes: readonly Volume[];
  readonly scratch: readonly string[];
  readonly resources: Resources;
  readonly confinement: Confinement;
  /** Absent: nothing but a loopback. */
  readonly network?: SandboxNetwork;
  /** What it runs first, for a driver that keeps containers ready: the sandbox may have one then. */
  readonly first?: StepSpec | undefined;
}

/** A sandbox that will be opened soon; its image is named as in the step. */
export type UpcomingSandbox = Omit<SandboxSpec, 'executionId' | 'first'> & { readonly step: Step };

/** What the containers of a sandbox reach beside each other. */
export interface SandboxNetwork {
  readonly mode: 'none' | 'open';
  /**
   * Gets each connection that a container makes to the agent's port on its own loopback, which is also called
   * `host.docker.internal` there. Absent: nothing listens there.
   */
  readonly onConnection?: (socket: Socket) => void;
  readonly ports: readonly PortMapping[];
}

/** A step whose image has been resolved. */
export interface StepSpec {
  readonly step: Step;
  readonly image: ResolvedImage;
  readonly secrets?: readonly SecretValue[];
}

/** What a container is handed besides its plan: never part of a handle, a record or a message. */
export interface SecretValue {
  readonly name: string;
  /** `file`: `/run/secrets/<name>`, in memory. */
  readonly as: 'variable' | 'file';
  readonly value: Buffer;
}

/**
 * A runtime runs containers in sandboxes. A sandbox holds what the steps of one execution share: directories, a
 * network and limits. Every method rejects with an ExecError; a method that takes a signal rejects with `signal.reason` once
 * it is aborted and leaves nothing half-made behind.
 */
export interface Runtime {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly images: ImageStore;
  probe(signal: AbortSignal): Promise<Health>;
  /** What stands between such containers and this machine, as far as it tells its version. */
  programs(confinement: Pick<Confinement, 'ociRuntime'>): Promise<readonly Program[]>;
  /** Why containers cannot run in the OCI runtime of that name; undefined: they can. */
  lacksOciRuntime(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Whether a sandbox can have `onConnection` and `ports`: proven by making one, when it is first asked. */
  servesContainers(deployment: string, signal: AbortSignal): Promise<Ability>;
  /** Of the networks that sandboxes have been given since the start; absent: they are given none. */
  networkCounts?(): NetworkCounts;
  openSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Told what waits for its turn, the next first, a driver may make containers ready for it. */
  expect?(upcoming: readonly UpcomingSandbox[]): void;
  /**
   * After a crash of the agent: the sandbox of that handle, or undefined when it is gone.
   * @param network what it was opened with; absent: nobody is to be served in it any more
   */
  recoverSandbox(handle: Handle, network?: SandboxNetwork): Promise<Sandbox | undefined>;
  /**
   * Removes every sandbox of the deployment whose execution is not known any more. It is asked about each sandbox only
   * after that was found, so that one which came into being meanwhile is never taken for a left-over.
   */
  sweep(deployment: string, isKnown: IsKnown): Promise<readonly Swept[]>;
  /** Lets go of connections and timers; what runs goes on running. */
  close(): Promise<void>;
}

export type IsKnown = (executionId: string) => Promise<boolean>;

export interface Swept {
  /** Absent: something that an agent which has died kept ready. */
  readonly executionId?: string | undefined;
  readonly what: 'container' | 'workspace' | 'network';
}

export interface Sandbox {
  /** Recorded before anything starts. */
  readonly handle: Handle;
  /** What a recovered sandbox could not be given back, in sentences. */
  readonly losses?: readonly string[];
  stage(inputs: readonly Input[], signal: AbortSignal): Promise<StageReport>;
  create(spec: StepSpec): Promise<Container>;
  /** The container of that handle, to follow on after a crash. */
  recoverContainer(handle: Handle): Promise<Container | undefined>;
  /**
   * What stands in the read-write volumes just now, cheap enough to be asked while containers run. Absent where they are
   * on another machine: what is too much is noticed there when it is collected.
   */
  readonly usage?: MeasureUsage | undefined;
  /**
   * Reads what the containers left; works after any exit, and is the same however often it is called.
   */
  collect(outputs: readonly Output[], signal: AbortSignal, options?: CollectOptions): Promise<Collected>;
  /** Containers, directories, mounts, network: all of it. Safe to repeat. */
  remove(): Promise<void>;
}

export interface CollectOptions {
  /** Bytes that the response has room for, as JSON. Absent: the limit of the staging. */
  readonly roomBytes?: number;
  /** Hides secrets in the content of files and in the graph, also where that moves to the object store. */
  readonly mask?: ValueMask;
}

export interface Container {
  /** Recorded before the start. */
  readonly handle: Handle;
  /**
   * Once: on a recovered container that has already run it does nothing, so that nothing runs twice.
   * @throws ExecError START_FAILED when the engine cannot start it (no such command, no such user).
   */
  start(): Promise<void>;
  /** Output as it comes, from the given position on; ends after the container has ended and all was read. */
  logs(options: LogOptions): AsyncIterable<LogChunk>;
  /**
   * How it ended, the same however often it is asked.
   * @throws ExecError START_FAILED when its init process found no such command: to users that is no exit code 127.
   */
  wait(signal: AbortSignal): Promise<Exit>;
  /**
   * What it has written to its root filesystem, beside volumes and scratch, counted no further than beyond the bounds:
   * cheap enough to be asked now and then while it runs. Absent where the kernel bounds it.
   */
  readonly layer?: ((bounds: LayerUsage, signal: AbortSignal) => Promise<LayerUsage>) | undefined;
  /** The image's stop signal (default: SIGTERM), then SIGKILL after the grace time. Resolves when it has stopped; safe on one that already has. */
  stop(graceMs: number): Promise<void>;
}

export interface LayerUsage {
  readonly bytes: number;
  /** Entries of any kind; 0 where only an engine out of reach could count them. */
  readonly files: number;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly from?: LogPosition;
}

/** Opaque to all but the driver that made it; plain JSON. */
export type LogPosition = string;

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Epoch milliseconds, as exact as the driver knows it. */
  readonly time: number;
  readonly data: Uint8Array;
  /** Where to go on after this chunk. */
  readonly position: LogPosition;
}

export interface ResolvedImage {
  /** As the user wrote it. */
  readonly reference: string;
  /** What identifies the content: `sha256:…`. */
  readonly digest: string;
  /** What the driver starts, in its own terms, where the digest does not say it. */
  readonly id?: string;
}

export interface PullProgress {
  readonly reference: string;
  readonly receivedBytes: number;
  /** Unknown until the engine has told. */
  readonly totalBytes?: number;
  readonly status: string;
}

export interface EnsureOptions {
  readonly pull: 'missing' | 'always' | 'never';
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface StoredImage {
  readonly references: readonly string[];
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface ImageStore {
  /**
   * Brings the image here unless it is. Many callers of one image share one pull, which goes on as long as one of
   * them still wants it.
   * @throws ExecError INVALID_REQUEST (no image reference) | IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
   */
  ensure(reference: string, options: EnsureOptions): Promise<ResolvedImage>;
  /** The root filesystem of an image that is here, as a directory that nobody may write; absent where an engine has it. */
  rootfsOf?(image: ResolvedImage): Promise<string>;
  list(): Promise<readonly StoredImage[]>;
  /** Removes what nothing uses, oldest use first; returns what went. */
  prune(options: { readonly keepBytes: number }): Promise<readonly StoredImage[]>;
}

/**
 * How data gets in and out of a directory, passed to the drivers so that they need not know `inputs/` and `outputs/`.
 */
export interface Staging {
  stage(workspace: WorkspaceRoots, inputs: readonly Input[], signal: AbortSignal): Promise<StageReport>;
  collect(
    workspace: WorkspaceRoots,
    outputs: readonly Output[],
    signal: AbortSignal,
    options?: CollectOptions,
  ): Promise<Collected>;
}

export function sandboxSpecOf(
  plan: ExecutionPlan,
  { deployment, network, first }: Pick<SandboxSpec, 'deployment' | 'network' | 'first'>,
): SandboxSpec {
  const { id: executionId, volumes, scratch, resources, confinement } = plan;
  return { executionId, deployment, volumes, scratch, resources, confinement, ...(network && { network }), first };
}
