import type { SandboxSpec, StepSpec } from '../runtime.ts';

/** What a container is made of before it has a command: two of the same recipe are alike. */
export interface WarmRecipe {
  readonly key: string;
  readonly sandbox: WarmSandbox;
  /** Its command, variables and secrets do not matter. */
  readonly step: StepSpec;
}

export type WarmSandbox = Pick<SandboxSpec, 'deployment' | 'volumes' | 'scratch' | 'resources' | 'confinement'>;

/**
 * Undefined: such a container is only made when it is asked for, because it needs what belongs to one execution alone (a
 * network that is served, secrets as files), what others should not be kept from (a GPU), or another OCI runtime, in which
 * pipes may not lead to this machine.
 */
export function warmRecipeOf(
  sandbox: WarmSandbox & Pick<SandboxSpec, 'network'>,
  step: StepSpec,
): WarmRecipe | undefined {
  const { network, resources, confinement, volumes } = sandbox;
  const isAlone =
    network === undefined ||
    (network.mode === 'none' && network.onConnection === undefined && network.ports.length === 0);
  const hasFiles = step.secrets?.some(({ as }) => as === 'file') === true;
  const canWait = volumes.some(({ access }) => access === 'read-write') && step.image.id !== undefined;
  // A file can only be mounted once it is staged.
  const mountsFiles = volumes.some(({ files }) => files !== undefined);
  if (
    !isAlone ||
    !canWait ||
    hasFiles ||
    mountsFiles ||
    resources.gpus !== undefined ||
    confinement.ociRuntime !== undefined
  )
    return undefined;
  return { key: keyOf(sandbox, step), sandbox, step };
}

function keyOf(
  { deployment, volumes, scratch, resources, confinement }: WarmSandbox,
  { step, image }: StepSpec,
): string {
  const { user, workingDir, readOnlyRoot } = step;
  const { id, digest } = image;
  return JSON.stringify([
    deployment,
    id,
    digest,
    user,
    workingDir,
    readOnlyRoot,
    volumes,
    scratch,
    resources,
    confinement,
  ]);
}
