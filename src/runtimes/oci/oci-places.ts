import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { ChosenRoots, EngineRoots } from './engine/engine-root.ts';
import type { OciOptions } from './oci-options.ts';

const plain = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const hashLength = 32;

/** Where this driver keeps what. */
export interface OciPlaces {
  /** The workspaces of a deployment. */
  workspaces(deployment: string): string;
  /** The network namespaces of a deployment. */
  networks(deployment: string): string;
  /** All of the workspaces. */
  readonly work: string;
  /** Where containers wait for their command. */
  readonly warm: string;
  /** Where the OCI runtime keeps its own state of what runs. */
  readonly engineRoot: string;
  /** The same of one container, until it has ended: in that root, and in one that an earlier agent may have used. */
  engineRecords(containerId: string): readonly string[];
  /** The program of launcher.c. */
  readonly launcher: string;
  /** An empty directory that each launcher covers in its own mount namespace. */
  readonly mountPoint: string;
  /** Files that every container is shown. */
  readonly shared: string;
  /** Containers that are run to see whether that works. */
  readonly probes: string;
  readonly images: string;
}

/** Where containers of this driver wait for their command. */
export function ociWarmRootIn(workDir: string): string {
  return join(workDir, 'oci-warm');
}

/** The two places where the OCI runtime may keep its state. */
export function engineRootsOf({ stateDir, secretsDir }: OciOptions): EngineRoots {
  return { memory: resolve(secretsDir), disk: join(resolve(stateDir), 'engine') };
}

/** @param engineRoots as `chooseEngineRoot` returned them */
export function ociPlaces(options: OciOptions, engineRoots: ChosenRoots): OciPlaces {
  const stateDir = resolve(options.stateDir);
  // A name that no other driver's workspace can have.
  const work = join(resolve(options.workDir), 'oci');
  const [engineRoot] = engineRoots;
  return {
    work,
    warm: ociWarmRootIn(resolve(options.workDir)),
    workspaces: (deployment) => join(work, plainName(deployment)),
    networks: (deployment) => join(stateDir, 'networks', plainName(deployment)),
    engineRoot,
    engineRecords: (containerId) => engineRoots.map((root) => join(root, containerId)),
    launcher: join(stateDir, 'launcher'),
    mountPoint: join(stateDir, 'mount'),
    shared: join(stateDir, 'shared'),
    probes: join(stateDir, 'probes'),
    images: resolve(options.imageDir),
  };
}

/** A part of a path for any text: the text itself where it is plain, else its hash. */
function plainName(text: string): string {
  if (plain.test(text)) return text;
  return `x${createHash('sha256').update(text).digest('hex').slice(0, hashLength)}`;
}
