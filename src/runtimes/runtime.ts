import type { NetworkCounts, WarmCounts } from '../telemetry/agent-metrics.ts';
import type { Confinement } from '../wire/plan/plan.ts';
import type { Handle } from '../wire/record/record.ts';
import type { ImageStore } from './api/images.ts';
import type { RecoverOptions, Sandbox, SandboxSpec, UpcomingSandbox } from './api/sandbox.ts';
import type { Program } from './known-escapes.ts';

export type { WorkspaceRoots } from '../workspace/resolve-in-volumes.ts';
export type { StageReport } from '../workspace/stage-report.ts';
export type { MeasureUsage, Usage } from '../workspace/tree/measure-usage.ts';
export type * from './api/container.ts';
export type * from './api/images.ts';
export * from './api/sandbox.ts';
export type * from './api/staging.ts';
export type { NetworkCounts, WarmCounts };

/** Features of a driver on this host. */
export interface Capabilities {
  /**
   * Where containers run. `machine`: on one host with this agent or beside its engine, whose disk, memory and CPUs are the
   * limit. `cluster`: on other hosts, chosen for each sandbox; `capacity` reports when they are full.
   */
  readonly place: 'machine' | 'cluster';
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
  /**
   * Identifies the place of the sandboxes: agents of the same home can recover each other's. Absent: agents that share this
   * agent's data directory.
   */
  home?(): Promise<string>;
  /** A sentence that explains why no more work should be taken now; undefined: there is room. Absent: always undefined. */
  capacity?(): Promise<string | undefined>;
  /** Counts of the networks assigned to sandboxes since the start; absent: the driver assigns none. */
  networkCounts?(): NetworkCounts;
  /** Counts of warm containers since the start; absent, or undefined: the driver keeps none. */
  warmCounts?(): WarmCounts | undefined;
  openSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
  /** Announces queued work, the next first, so that a driver can prepare containers for it. */
  expect?(upcoming: readonly UpcomingSandbox[]): void;
  /** Re-attaches to a sandbox after a crash of the agent; undefined when it no longer exists. */
  recoverSandbox(handle: Handle, options: RecoverOptions): Promise<Sandbox | undefined>;
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
