import { join } from 'node:path';
import type { Logger } from '../../../telemetry/log.ts';
import type { WarmOptions } from '../../warm/warm-options.ts';
import { createWarmSupply, type WarmSupply, warmRootIn } from '../../warm/warm-supply.ts';
import { openBindTransfer } from '../data/bind-transfer.ts';
import { type Transfer, type TransferContext, workspacesOf } from '../data/transfer.ts';
import type { ContainerUsers } from '../images/container-users.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { makeWarm } from './make-warm.ts';
import type { WarmContainer } from './warm-container.ts';

/** A container that waits for its command, with its workspace in the place where the execution's belongs. */
export interface ReadySandbox {
  readonly warm: WarmContainer;
  readonly transfer: Transfer;
}

export interface WarmContainersOptions {
  readonly context: TransferContext;
  readonly groups: UsageGroups;
  readonly users: ContainerUsers;
  readonly options: WarmOptions;
  /** Whether containers here can wait at all. */
  readonly isPossible: () => Promise<boolean>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

export function createWarmContainers(parts: WarmContainersOptions): WarmSupply<ReadySandbox> {
  const { context, groups, users, ...rest } = parts;
  const { engine, limits, workDir } = context;
  return createWarmSupply<WarmContainer, ReadySandbox>({
    ...rest,
    root: warmRootIn(workDir),
    make: (recipe, directory, signal) => makeWarm({ engine, groups, users, limits }, { directory, recipe }, signal),
    workspaceOf: ({ deployment, executionId }) => join(workspacesOf(workDir, deployment), executionId),
    async open(warm, spec) {
      const transfer = await openBindTransfer(context, { ...spec, sandboxId: warm.sandboxId }, spec.fence);
      return transfer && { warm, transfer };
    },
  });
}
