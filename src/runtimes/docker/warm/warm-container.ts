import type { Workspace } from '../../../workspace/create-workspace.ts';
import type { ImageCommand } from '../../command/choose-command.ts';
import type { PreparedNetwork } from '../../network/sandbox-networks.ts';
import type { WaitingSecrets } from '../../secrets/secret-files.ts';
import type { WaiterPipe } from '../../warm/waiter-pipe.ts';
import type { Supplied } from '../../warm/warm-supply.ts';
import { claimedName } from '../claimed-name.ts';
import { removeWhole } from '../container/remove-container.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';

/** A container that was started and waits for its command: for one execution, then it is removed. */
export interface WarmContainer extends Supplied, WaiterPipe {
  readonly id: string;
  /** By which its label names it. */
  readonly sandboxId: string;
  /** The path of the one around its control group. */
  readonly group: string | undefined;
  readonly imageCommand: ImageCommand;
  /** Absent: it can reach nothing. */
  readonly network: PreparedNetwork | undefined;
  /** Absent: it can have no secrets as files. */
  readonly secrets: WaitingSecrets | undefined;
  /** Writes down, in the engine, whose it is now. */
  claim(executionId: string): Promise<void>;
  /** Removes it, and leaves what else belongs to its sandbox. */
  end(signal: AbortSignal): Promise<void>;
}

type Fact = 'id' | 'sandboxId' | 'group' | 'recipe' | 'imageCommand' | 'network' | 'secrets';

interface WarmParts extends Pick<WarmContainer, Fact> {
  readonly engine: Engine;
  readonly groups: UsageGroups;
  readonly limits: DockerLimits;
  readonly workspace: Workspace;
  readonly pipe: WaiterPipe;
  readonly lossesBefore: number;
}

export function openWarmContainer({
  engine,
  groups,
  limits,
  workspace,
  pipe,
  lossesBefore,
  ...facts
}: WarmParts): WarmContainer {
  const { id, sandboxId, recipe, network, secrets } = facts;
  const end = async (signal: AbortSignal) => {
    await pipe.release();
    await retryWhileEngineDown(engine, limits, signal, () => removeWhole(engine, id));
    await groups.remove({ deployment: recipe.sandbox.deployment, sandboxId });
  };
  return {
    ...facts,
    directory: workspace.directory,
    isTrusted: () => engine.losses() === lossesBefore,

    async claim(executionId) {
      const query = { name: claimedName('warm', executionId) };
      const renamed = await engine.tell({ method: 'POST', path: `/containers/${id}/rename`, query });
      valueOrThrow(renamed, 'name a container that waits');
    },

    tell: pipe.tell,
    launch: pipe.launch,
    release: pipe.release,

    end,
    async remove(signal) {
      await end(signal);
      if (network !== undefined) await retryWhileEngineDown(engine, limits, signal, network.remove);
      await secrets?.remove();
      await workspace.remove();
    },
  };
}
