import type { Socket } from 'node:net';
import type {
  Confinement,
  ExecutionPlan,
  Input,
  Output,
  PortMapping,
  Resources,
  Step,
  Volume,
} from '../../wire/plan/plan.ts';
import type { Collected, Handle } from '../../wire/record/record.ts';
import type { StageReport } from '../../workspace/stage-report.ts';
import type { MeasureUsage } from '../../workspace/tree/measure-usage.ts';
import type { Container } from './container.ts';
import type { ResolvedImage } from './images.ts';
import type { CollectOptions } from './staging.ts';

export interface SandboxSpec {
  readonly executionId: string;
  /** The installation that owns the sandbox. Installations never touch each other's sandboxes. */
  readonly deployment: string;
  /** Grows with each attempt and each takeover of the execution. A sandbox refuses a lower one where it can. */
  readonly fence: number;
  readonly volumes: readonly Volume[];
  readonly scratch: readonly string[];
  readonly resources: Resources;
  readonly confinement: Confinement;
  /** Absent: a loopback interface only. */
  readonly network?: SandboxNetwork;
  /** All steps that will run in it, in order. A driver that keeps warm containers may use one that fits the first. */
  readonly steps?: readonly StepSpec[];
}

/** What a container must have from its beginning for something that belongs to one execution alone. */
export interface WarmNeeds {
  /** `own`: a network in which the agent serves connections and forwards ports. */
  readonly network: 'none' | 'own' | 'open';
  /** A directory in memory for secrets. */
  readonly secretFiles: boolean;
}

/** A sandbox that will be opened soon. The images of its steps are not resolved yet. */
export type UpcomingSandbox = Omit<SandboxSpec, 'executionId' | 'fence' | 'steps' | 'network'> & {
  readonly needs: WarmNeeds;
  readonly steps: readonly Step[];
};

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

/** With what an agent re-attaches to a sandbox. */
export interface RecoverOptions {
  /** The network the sandbox was opened with; absent: stop serving connections and ports in it. */
  readonly network?: SandboxNetwork | undefined;
  /** As in {@link SandboxSpec}. */
  readonly fence: number;
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

export interface Sandbox {
  /** The caller records it before a container starts. */
  readonly handle: Handle;
  /** What could not be restored in a recovered sandbox, in sentences. */
  readonly losses?: readonly string[];
  /** @param tenant whose executions may share input files; absent: nobody's */
  stage(inputs: readonly Input[], signal: AbortSignal, tenant?: string): Promise<StageReport>;
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

export function sandboxSpecOf(
  plan: ExecutionPlan,
  { deployment, fence, network, steps }: Pick<SandboxSpec, 'deployment' | 'fence' | 'network' | 'steps'>,
): SandboxSpec {
  const { id: executionId, volumes, scratch, resources, confinement } = plan;
  const given = { ...(network && { network }), ...(steps && { steps }) };
  return { executionId, deployment, fence, volumes, scratch, resources, confinement, ...given };
}
