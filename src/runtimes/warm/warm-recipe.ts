import type { SandboxSpec, StepSpec, WarmNeeds } from '../runtime.ts';

/** What a container is made of before it has a command: two of the same recipe are alike. */
export interface WarmRecipe {
  readonly key: string;
  readonly sandbox: WarmSandbox;
  /** Its command and variables do not matter. */
  readonly step: Omit<StepSpec, 'secrets'>;
  readonly needs: WarmNeeds;
}

export type WarmSandbox = Pick<SandboxSpec, 'deployment' | 'volumes' | 'scratch' | 'resources' | 'confinement'>;

/** Why an execution cannot begin in a container that waits. */
export type NoRecipe = 'open_network' | 'gpu' | 'oci_runtime' | 'file_volume' | 'no_writable_volume' | 'unknown_image';

export function warmNeedsOf({ network }: Pick<SandboxSpec, 'network'>, secrets: StepSpec['secrets'] = []): WarmNeeds {
  return { network: networkNeedOf(network), secretFiles: secrets.some(({ as }) => as === 'file') };
}

function networkNeedOf(network: SandboxSpec['network']): WarmNeeds['network'] {
  if (network?.mode === 'open') return 'open';
  return network?.onConnection === undefined && (network?.ports ?? []).length === 0 ? 'none' : 'own';
}

/** Undefined: containers can wait for it. */
export function noRecipeFor(
  { resources, confinement, volumes }: WarmSandbox,
  { image }: Pick<StepSpec, 'image'>,
  { network }: WarmNeeds,
): NoRecipe | undefined {
  // It may be another network by the time it is used.
  if (network === 'open') return 'open_network';
  // Others should not be kept from it.
  if (resources.gpus !== undefined) return 'gpu';
  // Its pipes may not lead to this host.
  if (confinement.ociRuntime !== undefined) return 'oci_runtime';
  // A file can only be mounted once it is staged.
  if (volumes.some(({ files }) => files !== undefined)) return 'file_volume';
  if (!volumes.some(({ access }) => access === 'read-write')) return 'no_writable_volume';
  return image.id === undefined ? 'unknown_image' : undefined;
}

/** Undefined: such a container is only made when it is asked for, see {@link noRecipeFor}. */
export function warmRecipeOf(
  sandbox: WarmSandbox & Pick<SandboxSpec, 'network'>,
  { step, image, secrets }: StepSpec,
  needs: WarmNeeds = warmNeedsOf(sandbox, secrets),
): WarmRecipe | undefined {
  if (noRecipeFor(sandbox, { image }, needs) !== undefined) return undefined;
  const { deployment, volumes, scratch, resources, confinement } = sandbox;
  const plain = { deployment, volumes, scratch, resources, confinement };
  return { key: keyOf(plain, { step, image }, needs), sandbox: plain, step: { step, image }, needs };
}

function keyOf(
  { deployment, volumes, scratch, resources, confinement }: WarmSandbox,
  { step, image }: WarmRecipe['step'],
  { network, secretFiles }: WarmNeeds,
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
    network,
    secretFiles,
  ]);
}
