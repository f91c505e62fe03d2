import type { Owners } from '../../../support/processes/owners.ts';
import type { Logger } from '../../../telemetry/log.ts';
import { openPrepared } from '../../network/network-of-sandbox.ts';
import type { OpenNetwork, SandboxNetworks } from '../../network/sandbox-networks.ts';
import type { WarmOptions } from '../../warm/warm-options.ts';
import { createWarmSupply, type WarmSupply, warmRootIn } from '../../warm/warm-supply.ts';
import { bindTransferIn } from '../data/bind-transfer.ts';
import { type Transfer, type TransferContext, workspacesOf } from '../data/transfer.ts';
import type { ContainerUsers } from '../images/container-users.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { makeWarm } from './make-warm.ts';
import type { WarmContainer } from './warm-container.ts';

/** A container that waits for its command, with its workspace in the place where the execution's belongs. */
export interface ReadySandbox {
  readonly warm: WarmContainer;
  readonly transfer: Transfer;
  readonly network: OpenNetwork | undefined;
}

export interface WarmContainersOptions {
  readonly context: TransferContext;
  readonly groups: UsageGroups;
  readonly users: ContainerUsers;
  readonly owners: Owners;
  readonly networks: SandboxNetworks;
  readonly options: WarmOptions;
  /** Whether containers here can wait at all. */
  readonly isPossible: () => Promise<boolean>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

export function createWarmContainers(parts: WarmContainersOptions): WarmSupply<ReadySandbox> {
  const { context, groups, users, owners, networks, isPossible, ...rest } = parts;
  const { engine, limits, workDir, secretFiles, secretsObstacle } = context;
  const making = { engine, groups, users, owners, networks, secretFiles, limits };
  return createWarmSupply<WarmContainer, ReadySandbox>({
    ...rest,
    owners,
    root: warmRootIn(workDir),
    isPossible: async ({ needs }) =>
      (await isPossible()) && (!needs.secretFiles || (await secretsObstacle()) === undefined),
    make: (recipe, directory, signal) => makeWarm(making, { directory, recipe }, signal),
    workspacesOf: (deployment) => workspacesOf(workDir, deployment),
    async open(warm, spec, workspace) {
      const transfer = bindTransferIn(context, spec, workspace);
      await warm.secrets?.give(spec);
      return { warm, transfer, network: await openPrepared(warm.network, spec) };
    },
  });
}
