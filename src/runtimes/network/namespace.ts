import type { SandboxNetwork } from '../runtime.ts';
import type { Removable } from './namespace-pool.ts';

/** A network namespace with its loopback up, that no container uses yet. */
export interface Namespace extends Removable {
  /** For handles. */
  readonly id: string;
  /** For `nsenter --net=`. */
  readonly path: string;
  /** Says whose it is, so that a sweep leaves it alone as long as that execution is known. */
  claim(executionId: string): Promise<void>;
  /** Whether it is still there: what holds it may have been ended meanwhile. */
  isAlive(): Promise<boolean>;
}

/** Makes the namespaces of one driver. */
export interface NamespaceMaker {
  /** @param spec.mode `open`: with a way out of this machine, where the driver has one */
  make(
    spec: { readonly deployment: string; readonly mode: SandboxNetwork['mode'] },
    signal: AbortSignal,
  ): Promise<Namespace>;
  /** After a restart of the agent; undefined when it is gone. */
  find(deployment: string, id: string): Promise<Namespace | undefined>;
}
