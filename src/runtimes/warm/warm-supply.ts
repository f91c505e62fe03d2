import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owners } from '../../support/processes/owners.ts';
import type { Logger } from '../../telemetry/log.ts';
import { moveWorkspace, type Workspace } from '../../workspace/create-workspace.ts';
import type { SandboxSpec, UpcomingSandbox, WarmCounts } from '../runtime.ts';
import { createDiscardRequests, type DiscardWarm } from './discard/discard-requests.ts';
import { type ColdReason, createWarmCounter } from './warm-counts.ts';
import { warmDirectoryOf } from './warm-directory.ts';
import { defaultWarmLimits, type WarmOptions } from './warm-options.ts';
import { createWarmPool, type Poolable } from './warm-pool.ts';
import { noRecipeFor, type WarmRecipe, warmNeedsOf, warmRecipeOf } from './warm-recipe.ts';

/** A container that waits, with a workspace. */
export interface Supplied extends Poolable {
  /** Where its workspace is until somebody takes it. */
  readonly directory: string;
}

/** Containers of one driver that wait for their command, as its sandboxes get them. */
export interface WarmSupply<R> {
  /** Undefined: the sandbox has to be made. */
  take(spec: SandboxSpec): Promise<R | undefined>;
  /** Whether one that was taken could be used for its command. */
  noteUse(isUsed: boolean): void;
  expect(upcoming: readonly UpcomingSandbox[]): void;
  /** To be called when nothing is being started any more. */
  refill(): void;
  /** None is made until the image is asked for again. */
  readonly discardWarm: DiscardWarm;
  /** Undefined: no containers wait here. */
  counts(): WarmCounts | undefined;
  close(): Promise<void>;
}

export interface WarmSupplyOptions<T extends Supplied, R> {
  readonly owners: Owners;
  /** Of the directories in which containers wait, on the file system of the workspaces. */
  readonly root: string;
  readonly options: WarmOptions;
  /** Makes one, with a workspace below the directory. */
  readonly make: (recipe: WarmRecipe, directory: string, signal: AbortSignal) => Promise<T>;
  /** Of the directories of all workspaces of a deployment. */
  readonly workspacesOf: (deployment: string) => string;
  /** Called before what an earlier attempt of the execution left is removed. */
  readonly endEarlier?: (spec: SandboxSpec) => Promise<void>;
  /** Called once its workspace is the execution's. */
  readonly open: (warm: T, spec: SandboxSpec, workspace: Workspace) => Promise<R>;
  /** Whether containers of that recipe can wait here. */
  readonly isPossible: (recipe: WarmRecipe) => Promise<boolean>;
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

// Of so many images it is remembered which content their names stood for.
const rememberedImages = 64;

export function createWarmSupply<T extends Supplied, R>(parts: WarmSupplyOptions<T, R>): WarmSupply<R> {
  const { root, owners, options, isPossible, isBusy, logger } = parts;
  const directories = new Set<string>();
  const images = new Map<string, WarmRecipe['step']['image']>();
  const counter = createWarmCounter();
  const requests = createDiscardRequests(discardRequestsIn(root));
  const pool = createWarmPool<T>({
    async make(recipe, signal) {
      const directory = await warmDirectoryOf(root, recipe.sandbox.deployment, owners);
      directories.add(directory);
      return parts.make(recipe, directory, signal);
    },
    limits: { ...defaultWarmLimits, ...options.limits, ...options },
    isBusy,
    hasMemory: options.hasMemory,
    onCheck: async () => {
      for (const imageId of await requests.received()) await discardOwn(imageId);
    },
    logger,
  });

  const remember = ({ image }: WarmRecipe['step']) => {
    images.delete(image.reference);
    images.set(image.reference, image);
    const [oldest] = images.keys();
    if (images.size > rememberedImages && oldest !== undefined) images.delete(oldest);
  };

  const discardOwn = async (imageId: string) => {
    for (const [reference, { id }] of images) if (id === imageId) images.delete(reference);
    await pool.discard(({ step }) => step.image.id === imageId);
  };

  const fallBack = (reason: ColdReason): undefined => {
    counter.cold(reason);
  };

  const moveIn = async (warm: T, spec: SandboxSpec): Promise<R> => {
    const { deployment, executionId, volumes, fence } = spec;
    const baseDir = parts.workspacesOf(deployment);
    const onEarlier = async () => parts.endEarlier?.(spec);
    const workspace = await moveWorkspace(warm.directory, { baseDir, executionId, volumes, fence, onEarlier });
    try {
      return await parts.open(warm, spec, workspace);
    } catch (error) {
      await warm.remove(new AbortController().signal);
      await workspace.remove();
      throw error;
    }
  };

  return {
    async take(spec) {
      const [first] = spec.steps ?? [];
      if (options.count === 0 || first === undefined) return undefined;
      const needs = warmNeedsOf(spec, first.secrets);
      const recipe = warmRecipeOf(spec, first, needs);
      if (recipe === undefined) return fallBack(noRecipeFor(spec, first, needs) ?? 'unsupported');
      if (!(await isPossible(recipe))) return fallBack('unsupported');
      remember(recipe.step);
      const warm = await pool.take(recipe);
      if (warm === undefined) return fallBack('none_ready');
      try {
        return await moveIn(warm, spec);
      } catch (error) {
        logger.warn({ err: error }, 'a container that waited cannot be used; another one is made');
        await warm.remove(new AbortController().signal);
        return fallBack('unusable');
      }
    },

    noteUse(isUsed) {
      if (isUsed) counter.used();
      else counter.cold('command');
    },

    expect(upcoming) {
      if (options.count === 0) return;
      const recipes = upcoming.map(({ steps: [step], needs, ...sandbox }) => {
        const image = step && images.get(step.image.reference);
        return image && warmRecipeOf(sandbox, { step, image }, needs);
      });
      pool.expect(recipes.filter((recipe) => recipe !== undefined));
    },

    async discardWarm(imageId, isDone) {
      await discardOwn(imageId);
      if (!(await isDone())) await requests.send(imageId, isDone);
    },

    refill: () => pool.refill(),
    counts: () => (options.count === 0 ? undefined : counter.counts(pool.size())),
    async close() {
      await pool.close();
      // What could not be removed is left to the sweep of the next agent.
      await Promise.all([...directories].map((directory) => rmdir(directory).catch(() => undefined)));
    },
  };
}

/** Where agents that share the directory of all workspaces prove that they live. */
export function ownersIn(workDir: string): string {
  return join(workDir, 'owners');
}

/** Where agents request of each other to remove warm containers, beside those. */
export function discardRequestsIn(warmRoot: string): string {
  return `${warmRoot}-discard`;
}

/** Where an agent's directories of containers that wait are, below the one of all its workspaces. */
export function warmRootIn(workDir: string): string {
  return join(workDir, 'warm');
}
