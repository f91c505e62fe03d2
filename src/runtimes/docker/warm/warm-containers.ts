import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ownMark } from '../../../support/processes/process-mark.ts';
import type { Logger } from '../../../telemetry/log.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { SandboxSpec, UpcomingSandbox } from '../../runtime.ts';
import { openBindTransfer } from '../data/bind-transfer.ts';
import { type Transfer, type TransferContext, workspacesOf } from '../data/transfer.ts';
import { defaultWarmLimits, type WarmOptions } from '../docker-options.ts';
import type { ContainerUsers } from '../images/container-users.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { makeWarm } from './make-warm.ts';
import type { WarmContainer } from './warm-container.ts';
import { warmDirectoryOf } from './warm-directory.ts';
import { createWarmPool } from './warm-pool.ts';
import { type WarmRecipe, warmRecipeOf } from './warm-recipe.ts';

/** A container that waits for its command, with its workspace in the place where the execution's belongs. */
export interface ReadySandbox {
  readonly warm: WarmContainer;
  readonly transfer: Transfer;
}

export interface WarmContainers {
  /** Undefined: the sandbox has to be made. */
  take(spec: SandboxSpec): Promise<ReadySandbox | undefined>;
  expect(upcoming: readonly UpcomingSandbox[]): void;
  /** To be called when nothing is being started any more. */
  refill(): void;
  close(): Promise<void>;
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

// Of so many images it is remembered which content their names stood for.
const rememberedImages = 64;
// The fence of a sandbox that was opened just now: noting it would cost a write at each start.
const nobodyTookOver = 0;

export function createWarmContainers(parts: WarmContainersOptions): WarmContainers {
  const { context, groups, users, options, isPossible, isBusy, logger } = parts;
  const { engine, workDir } = context;
  const directories = new Set<string>();
  const images = new Map<string, WarmRecipe['step']['image']>();
  const pool = createWarmPool({
    async make(recipe, signal) {
      const directory = warmDirectoryOf(workDir, recipe.sandbox.deployment, await ownMark());
      directories.add(directory);
      return makeWarm({ engine, groups, users, limits: context.limits }, { directory, recipe }, signal);
    },
    limits: { ...defaultWarmLimits, ...options.limits, ...options },
    isBusy,
    hasMemory: options.hasMemory,
    logger,
  });

  const remember = ({ image }: WarmRecipe['step']) => {
    images.delete(image.reference);
    images.set(image.reference, image);
    const [oldest] = images.keys();
    if (images.size > rememberedImages && oldest !== undefined) images.delete(oldest);
  };

  const moveIn = async (warm: WarmContainer, spec: SandboxSpec): Promise<ReadySandbox | undefined> => {
    const workspace = join(workspacesOf(workDir, spec.deployment), spec.executionId);
    await mkdir(dirname(workspace), { recursive: true, mode: 0o700 });
    // What an earlier attempt left.
    await removeTree(workspace);
    await rename(warm.directory, workspace);
    const transfer = await openBindTransfer(context, { ...spec, sandboxId: warm.sandboxId }, nobodyTookOver);
    return transfer && { warm, transfer };
  };

  return {
    async take(spec) {
      const [first] = spec.steps ?? [];
      if (options.count === 0 || first === undefined) return undefined;
      const recipe = warmRecipeOf(spec, first);
      if (recipe === undefined || !(await isPossible())) return undefined;
      remember(recipe.step);
      const warm = await pool.take(recipe);
      if (warm === undefined) return undefined;
      try {
        const ready = await moveIn(warm, spec);
        if (ready !== undefined) return ready;
      } catch (error) {
        logger.warn({ err: error }, 'a container that waited cannot be used; another one is made');
      }
      await warm.remove(new AbortController().signal);
      return undefined;
    },

    expect(upcoming) {
      if (options.count === 0) return;
      const recipes = upcoming.map(({ steps: [step], ...sandbox }) => {
        const image = step && images.get(step.image.reference);
        return image && warmRecipeOf(sandbox, { step, image });
      });
      pool.expect(recipes.filter((recipe) => recipe !== undefined));
    },

    refill: () => pool.refill(),
    async close() {
      await pool.close();
      await Promise.all([...directories].map(removeTree));
    },
  };
}
