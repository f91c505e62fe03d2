import { mkdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ownMark } from '../../support/processes/process-mark.ts';
import type { Logger } from '../../telemetry/log.ts';
import { refuseLowerFence } from '../../workspace/claim-fence.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import type { SandboxSpec, UpcomingSandbox } from '../runtime.ts';
import { warmDirectoryOf } from './warm-directory.ts';
import { defaultWarmLimits, type WarmOptions } from './warm-options.ts';
import { createWarmPool, type Poolable } from './warm-pool.ts';
import { type WarmRecipe, warmRecipeOf } from './warm-recipe.ts';

/** A container that waits, with a workspace. */
export interface Supplied extends Poolable {
  /** Where its workspace is until somebody takes it. */
  readonly directory: string;
}

/** Containers of one driver that wait for their command, as its sandboxes get them. */
export interface WarmSupply<R> {
  /** Undefined: the sandbox has to be made. */
  take(spec: SandboxSpec): Promise<R | undefined>;
  expect(upcoming: readonly UpcomingSandbox[]): void;
  /** To be called when nothing is being started any more. */
  refill(): void;
  close(): Promise<void>;
}

export interface WarmSupplyOptions<T extends Supplied, R> {
  /** Of the directories in which containers wait, on the file system of the workspaces. */
  readonly root: string;
  readonly options: WarmOptions;
  /** Makes one, with a workspace below the directory. */
  readonly make: (recipe: WarmRecipe, directory: string, signal: AbortSignal) => Promise<T>;
  /** Where the workspace of an execution belongs. */
  readonly workspaceOf: (spec: SandboxSpec) => string;
  /** Called before what an earlier attempt of the execution left is removed. */
  readonly endEarlier?: (spec: SandboxSpec) => Promise<void>;
  /** Called once its workspace is where the execution's belongs. Undefined: it cannot be used. */
  readonly open: (warm: T, spec: SandboxSpec) => Promise<R | undefined>;
  /** Whether containers here can wait at all. */
  readonly isPossible: () => Promise<boolean>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

// Of so many images it is remembered which content their names stood for.
const rememberedImages = 64;

export function createWarmSupply<T extends Supplied, R>(parts: WarmSupplyOptions<T, R>): WarmSupply<R> {
  const { root, options, isPossible, isBusy, logger } = parts;
  const directories = new Set<string>();
  const images = new Map<string, WarmRecipe['step']['image']>();
  const pool = createWarmPool<T>({
    async make(recipe, signal) {
      const directory = warmDirectoryOf(root, recipe.sandbox.deployment, await ownMark());
      directories.add(directory);
      return parts.make(recipe, directory, signal);
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

  const moveIn = async (warm: T, spec: SandboxSpec): Promise<R | undefined> => {
    const workspace = parts.workspaceOf(spec);
    await mkdir(dirname(workspace), { recursive: true, mode: 0o700 });
    await refuseLowerFence({ control: join(workspace, 'control') }, spec.fence);
    await parts.endEarlier?.(spec);
    await removeTree(workspace);
    await rename(warm.directory, workspace);
    return parts.open(warm, spec);
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
      // What could not be removed is left to the sweep of the next agent.
      await Promise.all([...directories].map((directory) => rmdir(directory).catch(() => undefined)));
    },
  };
}

/** Where an agent's directories of containers that wait are, below the one of all its workspaces. */
export function warmRootIn(workDir: string): string {
  return join(workDir, 'warm');
}
