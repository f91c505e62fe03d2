import type { Socket } from 'node:net';
import type { ValueMask } from '../support/json/mask-json.ts';
import type { NetworkCounts } from '../telemetry/agent-metrics.ts';
import type { Confinement, ExecutionPlan, Input, Output, PortMapping, Resources, Step, Volume } from '../wire/plan.ts';
import type { Collected, Exit, Handle } from '../wire/record.ts';
import type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../workspace/stage-report.ts';
import type { MeasureUsage, Usage } from '../workspace/tree/measure-usage.ts';
import type { Program } from './known-escapes.ts';

export type { NetworkCounts, StageReport, Usage, WorkspaceRoots };

/** Features of a driver on this host. */
export interface Capabilities {
  /** Accepts the image name `host`. */
  readonly hostImage: boolean;
  /** Containers can join a network that reaches beyond the host. */
  readonly openNetwork: boolean;
  /** Memory, CPU and process limits are enforced. */
  readonly limits: boolean;
  /** Containers can be given GPUs. */
  readonly gpus: boolean;
}

/** Whether a feature works on this host; if not, `reason` is a sentence that explains why. */
export type Ability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface Health {
  readonly ok: boolean;
  /** Name and version of the runtime: `Docker 20.10.24, API 1.41`. */
  readonly version?: string;
  /** Why the runtime is usable, or why not and how to fix it. */
  readonly reason: string;
}

export interface SandboxSpec {
  readonly executionId: string;
  /** The installation that owns the sandbox. Installations never touch each other's sandboxes. */
  readonly deployment: string;
  readonly volumes: readonly Volume[];
  readonly scratch: readonly string[];
  readonly resources: Resources;
  readonly confinement: Confinement;
  /** Absent: a loopback interface only. */
  readonly network?: SandboxNetwork;
  /** All steps that will run in it, in order. A driver that keeps warm containers may use one that fits the first. */
  readonly steps?: readonly StepSpec[];
}

/** A sandbox that will be opened soon. The images of its steps are not resolved yet. */
export type UpcomingSandbox = Omit<SandboxSpec, 'executionId' | 'steps'> & { readonly steps: readonly Step[] };

/** What the containers of a sandbox can reach, besides each other. */
export interface SandboxNetwork {
  readonly mode: 'none' | 'open';
  /**
   * Receives each connection that a container opens to the service port on its own loopback, which is also named
   * `host.docker.internal` in the container. Absent: nothing listens on that port.
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

/** A secret of a container. It is never written to a handle, a record or a message. */
export interface SecretValue {
  readonly name: string;
  /** `file`: mounted in memory at `/run/secrets/<name>`. */
  readonly as: 'variable' | 'file';
  readonly value: Buffer;
}

/**
 * A runtime runs containers in sandboxes. The steps of one execution share a sandbox: its directories,
 * network and limits. Every method rejects with an ExecError. A method that takes a signal rejects with `signal.reason` once
 * the signal aborts, and removes what it had created by then.
 */
export interface Runtime {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly images: ImageStore;
  probe(signal: AbortSignal): Promise<Health>;
  /** The programs that isolate such containers from the host, if they report a version. */
  programs(confinement: Pick<Confinement, 'ociRuntime'>): Promise<readonly Program[]>;
  /** Why containers cannot run in the named OCI runtime; undefined: they can. */
  lacksOciRuntime(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Whether a sandbox can have `onConnection` and `ports`. The first call finds out by creating one. */
  servesContainers(deployment: string, signal: AbortSignal): Promise<Ability>;
  /** Counts of the networks assigned to sandboxes since the start; absent: the driver assigns none. */
  networkCounts?(): NetworkCounts;
  openSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Announces queued work, the next first, so that a driver can prepare containers for it. */
  expect?(upcoming: readonly UpcomingSandbox[]): void;
  /**
   * Re-attaches to a sandbox after a crash of the agent; undefined when it no longer exists.
   * @param network the network it was opened with; absent: stop serving connections and ports in it
   */
  recoverSandbox(handle: Handle, network?: SandboxNetwork): Promise<Sandbox | undefined>;
  /**
   * Removes every sandbox of the deployment whose execution is unknown. `isKnown` is called for a sandbox only after the
   * sandbox was found, so that one created meanwhile is never mistaken for an orphan.
   */
  sweep(deployment: string, isKnown: IsKnown): Promise<readonly Swept[]>;
  /** Closes connections and timers. Containers keep running. */
  close(): Promise<void>;
}

export type IsKnown = (executionId: string) => Promise<boolean>;

export interface Swept {
  /** Absent: it was prepared ahead by an agent that has died. */
  readonly executionId?: string | undefined;
  readonly what: 'container' | 'workspace' | 'network';
}

export interface Sandbox {
  /** The caller records it before a container starts. */
  readonly handle: Handle;
  /** What could not be restored in a recovered sandbox, in sentences. */
  readonly losses?: readonly string[];
  stage(inputs: readonly Input[], signal: AbortSignal): Promise<StageReport>;
  create(spec: StepSpec): Promise<Container>;
  /** Re-attaches to a container after a crash; undefined when it no longer exists. */
  recoverContainer(handle: Handle): Promise<Container | undefined>;
  /**
   * Measures the current contents of the read-write volumes, cheaply enough to call while containers run. Absent when the
   * volumes are on another host: their limits are then checked when outputs are collected.
   */
  readonly usage?: MeasureUsage | undefined;
  /**
   * Reads the outputs of the containers. Works after any exit; every call returns the same result.
   */
  collect(outputs: readonly Output[], signal: AbortSignal, options?: CollectOptions): Promise<Collected>;
  /** Removes the sandbox with its containers, directories, mounts and network. Safe to repeat. */
  remove(): Promise<void>;
}

export interface CollectOptions {
  /** Maximum size of the collected content in the response, in bytes of JSON. Absent: the limit of the staging. */
  readonly roomBytes?: number;
  /** Hides secrets in file contents and in the graph, also when they move to the object store. */
  readonly mask?: ValueMask;
}

export interface Container {
  /** The caller records it before the start. */
  readonly handle: Handle;
  /**
   * Starts the container. On a recovered container that has already run it does nothing, so that nothing runs twice.
   * @throws ExecError START_FAILED when the engine cannot start it (no such command, no such user).
   */
  start(): Promise<void>;
  /** Streams the output from the given position. Ends once the container has exited and all output was read. */
  logs(options: LogOptions): AsyncIterable<LogChunk>;
  /**
   * Waits for the exit. Every call returns the same result.
   * @throws ExecError START_FAILED when the init process did not find the command; users do not see that as exit code 127.
   */
  wait(signal: AbortSignal): Promise<Exit>;
  /**
   * Measures what the container has written to its root filesystem, without volumes and scratch. Stops counting above the
   * bounds, so it is cheap enough to call while the container runs. Absent when the kernel enforces the limit.
   */
  readonly layer?: ((bounds: LayerUsage, signal: AbortSignal) => Promise<LayerUsage>) | undefined;
  /** Sends the image's stop signal (default: SIGTERM), then SIGKILL after the grace time. Resolves once it has stopped; safe to repeat. */
  stop(graceMs: number): Promise<void>;
}

export interface LayerUsage {
  readonly bytes: number;
  /** Entries of any kind; 0 when the engine runs elsewhere and cannot count them. */
  readonly files: number;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly from?: LogPosition;
}

/** Opaque except to the driver that created it; plain JSON. */
export type LogPosition = string;

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  /** Epoch milliseconds, at the precision of the driver. */
  readonly time: number;
  readonly data: Uint8Array;
  /** The position after this chunk, for `LogOptions.from`. */
  readonly position: LogPosition;
}

export interface ResolvedImage {
  /** As the user wrote it. */
  readonly reference: string;
  /** Identifies the content: `sha256:…`. */
  readonly digest: string;
  /** The id that the driver starts the image by, if it is not the digest. */
  readonly id?: string;
}

export interface PullProgress {
  readonly reference: string;
  readonly receivedBytes: number;
  /** Absent until the engine reports it. */
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
   * Pulls the image if `pull` asks for it. Callers of the same image share one pull, which continues as long as one of
   * them waits for it.
   * @throws ExecError INVALID_REQUEST (no image reference) | IMAGE_NOT_FOUND | IMAGE_PULL_FAILED | RUNTIME_UNAVAILABLE
   */
  ensure(reference: string, options: EnsureOptions): Promise<ResolvedImage>;
  /** The directory of the root filesystem of a stored image; callers must not write to it. Absent: the engine stores it. */
  rootfsOf?(image: ResolvedImage): Promise<string>;
  list(): Promise<readonly StoredImage[]>;
  /** Removes unused images, least recently used first, until `keepBytes` are left; returns the removed images. */
  prune(options: { readonly keepBytes: number }): Promise<readonly StoredImage[]>;
}

/**
 * Moves data into and out of directories. Passed to the drivers so that they do not depend on `inputs/` and `outputs/`.
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
  { deployment, network, steps }: Pick<SandboxSpec, 'deployment' | 'network' | 'steps'>,
): SandboxSpec {
  const { id: executionId, volumes, scratch, resources, confinement } = plan;
  const given = { ...(network && { network }), ...(steps && { steps }) };
  return { executionId, deployment, volumes, scratch, resources, confinement, ...given };
}
