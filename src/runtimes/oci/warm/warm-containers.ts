import type { Logger } from '../../../telemetry/log.ts';
import type { Workspace } from '../../../workspace/create-workspace.ts';
import { architectureOfNode } from '../../freestanding/read-program.ts';
import { openPrepared } from '../../network/network-of-sandbox.ts';
import type { OpenNetwork, SandboxNetworks } from '../../network/sandbox-networks.ts';
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
  readonly network?: OpenNetwork | undefined;
}

export interface WarmContainersOptions {
  readonly parts: OciParts;
  readonly networks: SandboxNetworks;
  readonly options: WarmOptions;
  readonly endEarlier: (spec: SandboxSpec) => Promise<void>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

export function createWarmContainers({ parts, networks, ...rest }: WarmContainersOptions): WarmSupply<ReadySandbox> {
  const { places } = parts;
  const supply = createWarmSupply<WarmContainer, ReadySandbox>({
    ...rest,
    root: places.warm,
    owners: parts.owners,
    isPossible: async () => architectureOfNode[process.arch] !== undefined,
    make: (recipe, directory, signal) => makeWarm(parts, { directory, recipe, networks }, signal),
    workspacesOf: (deployment) => places.workspaces(deployment),
    async open(warm, spec, workspace) {
      warm.moveTo(workspace.control);
      await warm.secrets?.give(spec);
      const network = await openPrepared(warm.network, spec);
      return { warm, workspace, network };
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
