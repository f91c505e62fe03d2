import type { FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { Workspace } from '../../../workspace/create-workspace.ts';
import type { ImageCommand } from '../../command/choose-command.ts';
import { claimedName } from '../claimed-name.ts';
import { removeWhole } from '../container/remove-container.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { type Command, go, waiterMessage } from './waiter-message.ts';
import type { WarmRecipe } from './warm-recipe.ts';

/** A container that was started and waits for its command: for one execution, then it is removed. */
export interface WarmContainer {
  readonly id: string;
  /** By which its label names it. */
  readonly sandboxId: string;
  /** The path of the one around its control group. */
  readonly group: string | undefined;
  readonly recipe: WarmRecipe;
  readonly imageCommand: ImageCommand;
  /** Where its workspace stands until somebody takes it. */
  readonly directory: string;
  /** The engine was not lost since it was made, as far as is known. */
  isTrusted(): boolean;
  /** Writes down, in the engine, whose it is now. */
  claim(executionId: string): Promise<void>;
  /** Tells it what to run; it does not begin yet. False: it does not wait any more, or cannot be told that. */
  tell(command: Command): Promise<boolean>;
  /** What it was told begins, once. False: certainly not. */
  launch(): Promise<boolean>;
  /** Lets go of it; one that was not launched ends by that. */
  release(): Promise<void>;
  /** With the workspace, unless that was taken. An engine that is away is waited for. Safe to repeat. */
  remove(signal: AbortSignal): Promise<void>;
}

interface WarmParts extends Pick<WarmContainer, 'id' | 'sandboxId' | 'group' | 'recipe' | 'imageCommand'> {
  readonly engine: Engine;
  readonly groups: UsageGroups;
  readonly limits: DockerLimits;
  readonly workspace: Workspace;
  /** Writable, and never waited for. */
  readonly pipe: FileHandle;
  readonly lossesBefore: number;
}

const roomPauseMs = 1;
const roomPauses = 1000;

export function openWarmContainer({
  engine,
  groups,
  limits,
  workspace,
  pipe,
  lossesBefore,
  ...facts
}: WarmParts): WarmContainer {
  const { id, sandboxId, recipe } = facts;
  let isOpen = true;

  const release = async () => {
    if (!isOpen) return;
    isOpen = false;
    await pipe.close();
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

    async tell(command) {
      const message = waiterMessage(command);
      return message !== undefined && isOpen && writeWhole(pipe, message);
    },

    async launch() {
      if (!isOpen) return false;
      const begun = await writeWhole(pipe, go);
      await release();
      return begun;
    },

    release,

    async remove(signal) {
      await release();
      await retryWhileEngineDown(engine, limits, signal, () => removeWhole(engine, id));
      await groups.remove({ deployment: recipe.sandbox.deployment, sandboxId });
      await workspace.remove();
    },
  };
}

/** False when nobody reads it (any more). */
async function writeWhole(pipe: FileHandle, bytes: Buffer): Promise<boolean> {
  let written = 0;
  for (let pauses = 0; written < bytes.length && pauses < roomPauses; ) {
    try {
      written += (await pipe.write(bytes, written)).bytesWritten;
    } catch (error) {
      if (errnoOf(error) === 'EPIPE') return false;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      pauses += 1;
      await delay(roomPauseMs);
    }
  }
  return written === bytes.length;
}
