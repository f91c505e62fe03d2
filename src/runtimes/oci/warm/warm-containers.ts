import { join } from 'node:path';
import type { Logger } from '../../../telemetry/log.ts';
import { claimFence } from '../../../workspace/claim-fence.ts';
import { openWorkspace, type Workspace } from '../../../workspace/create-workspace.ts';
import { architectureOfNode } from '../../freestanding/read-program.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import type { WarmOptions } from '../../warm/warm-options.ts';
import { createWarmSupply, type WarmSupply } from '../../warm/warm-supply.ts';
import type { OciParts } from '../oci-parts.ts';
import { makeWarm } from './make-warm.ts';
import type { WarmContainer } from './warm-container.ts';

/** A container that waits for its command, with its workspace in the place where the execution's belongs. */
export interface ReadySandbox {
  readonly warm: WarmContainer;
  readonly workspace: Workspace;
}

export interface WarmContainersOptions {
  readonly parts: OciParts;
  readonly options: WarmOptions;
  readonly endEarlier: (spec: SandboxSpec) => Promise<void>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

export function createWarmContainers({ parts, ...rest }: WarmContainersOptions): WarmSupply<ReadySandbox> {
  const { places } = parts;
  const supply = createWarmSupply<WarmContainer, ReadySandbox>({
    ...rest,
    root: places.warm,
    isPossible: async () => architectureOfNode[process.arch] !== undefined,
    make: (recipe, directory, signal) => makeWarm(parts, { directory, recipe }, signal),
    workspaceOf: ({ deployment, executionId }) => join(places.workspaces(deployment), executionId),
    async open(warm, { deployment, executionId, volumes, fence }) {
      const workspace = await openWorkspace({ baseDir: places.workspaces(deployment), executionId, volumes });
      if (workspace === undefined) return undefined;
      warm.moveTo(workspace.control);
      await claimFence(workspace, fence);
      return { warm, workspace };
    },
  });
  return { ...supply, take: (spec) => supply.take(withImageIds(spec)) };
}

/** Images of this driver are known by their digest unless they have an id. */
export function withImageId(spec: StepSpec): StepSpec {
  const { image } = spec;
  return { ...spec, image: { ...image, id: image.id ?? image.digest } };
}

function withImageIds(spec: SandboxSpec): SandboxSpec {
  return { ...spec, ...(spec.steps && { steps: spec.steps.map(withImageId) }) };
}
