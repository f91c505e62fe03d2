import { awaitWithSignal } from '../../../support/abort/await-with-signal.ts';
import type { Logger } from '../../../telemetry/log.ts';
import type { SandboxSpec, SecretValue, UpcomingSandbox, WarmCounts } from '../../runtime.ts';
import { createWarmCounter } from '../../warm/warm-counts.ts';
import { defaultWarmLimits, type WarmOptions } from '../../warm/warm-options.ts';
import { createWarmPool } from '../../warm/warm-pool.ts';
import { ApiError } from '../api/api-error.ts';
import { explainApiError } from '../api/explain-api-error.ts';
import { type ClaimedPod, claimWaitingPod } from './claim-waiting-pod.ts';
import { freeWaitingPod } from './free-waiting-pod.ts';
import { makeWaitingPod } from './make-waiting-pod.ts';
import { type PodRecipe, type PodRequirements, podRecipeOf } from './pod-recipe.ts';
import type { WaitingPod, WaitingPodParts } from './waiting-pod.ts';

/** Pods that this agent has made ahead. */
export interface WaitingPods {
  /** One that fits, which is the execution's from now on; undefined: one has to be made. */
  take(spec: SandboxSpec, required: PodRequirements, signal: AbortSignal): Promise<ClaimedPod | undefined>;
  expect(upcoming: readonly UpcomingSandbox[]): void;
  /** Undefined: none are made. */
  counts(): WarmCounts | undefined;
  /**
   * Deletes one, or that of another agent, because an execution needs the room, and makes none for a while. False: there is none,
   * and none was deleted just now.
   */
  makeRoom(deployment: string, signal: AbortSignal): Promise<boolean>;
  /** Deletes those that wait. Safe to repeat. */
  close(): Promise<void>;
}

export interface WaitingPodsOptions {
  readonly parts: WaitingPodParts;
  readonly warm: WarmOptions;
  /** Whether pods of this agent wait for a node. */
  readonly isFull: () => boolean;
  readonly logger: Logger;
}

/** An execution of a pod that waited takes a tenth of a second or so; the next one must not slow it. */
const refillAfterMs = 500;
/** Longer than a quota counts a pod that was deleted. */
const countedMs = 5_000;
// Of so many images it is remembered which content their names stood for.
const rememberedImages = 64;

export function createWaitingPods({ parts, warm, isFull, logger }: WaitingPodsOptions): WaitingPods {
  const counter = createWarmCounter();
  let removedAt = Number.NEGATIVE_INFINITY;
  const noteRemoval = () => {
    removedAt = performance.now();
  };
  const images = new Map<string, PodRecipe['steps'][number]['image']>();
  const pool = createWarmPool<WaitingPod, PodRecipe>({
    make: (recipe, signal) => makeWaitingPod({ ...parts, noteRemoval }, recipe, signal),
    limits: { ...defaultWarmLimits, refillAfterMs, ...warm.limits, ...warm },
    // Pods come up on their nodes, beside each other.
    isBusy: () => false,
    hasMemory: async () => !isFull(),
    logger,
  });

  const remember = ({ steps }: PodRecipe) => {
    for (const { image } of steps) {
      images.delete(image.reference);
      images.set(image.reference, image);
      const [oldest] = images.keys();
      if (images.size > rememberedImages && oldest !== undefined) images.delete(oldest);
    }
  };

  const remove = (pod: WaitingPod | undefined) =>
    pod?.remove(new AbortController().signal).catch((error: unknown) => {
      logger.warn({ err: error }, 'a pod that waited could not be deleted; the next sweep deletes it');
    });

  /** Makes no further ones where the account must not give them to executions. */
  const explain = (error: unknown) => {
    if (!(error instanceof ApiError)) return logger.warn({ err: error }, 'a pod that waited cannot be used');
    if (error.status === forbidden) pool.pause();
    logger.warn({ err: explainApiError(error, parts.client.access) }, 'a pod that waited cannot be used');
  };

  return {
    async take(spec, required, signal) {
      if (warm.count === 0) return undefined;
      const recipe = podRecipeOf(required, parts.options);
      if (recipe === undefined) {
        counter.cold('gpu');
        return undefined;
      }
      remember(recipe);
      const taking = pool.take(recipe);
      const waiting = await awaitWithSignal(taking, signal).catch((error: unknown) => {
        void taking.then(remove);
        throw error;
      });
      if (waiting === undefined) {
        counter.cold('none_ready');
        return undefined;
      }
      try {
        const claimed = await claimWaitingPod(parts, waiting, spec, signal);
        counter.used();
        return claimed;
      } catch (error) {
        void remove(waiting);
        signal.throwIfAborted();
        counter.cold('unusable');
        explain(error);
        return undefined;
      }
    },

    expect(upcoming) {
      if (warm.count === 0) return;
      pool.expect(upcoming.flatMap((each) => recipesOf(each)));
    },

    counts: () => (warm.count === 0 ? undefined : counter.counts(pool.size())),
    async makeRoom(deployment, signal) {
      pool.pause();
      const isFreed = await freeWaitingPod(parts, deployment, signal);
      // A quota counts a pod for a moment after it is gone.
      return isFreed || performance.now() - removedAt < countedMs;
    },
    close: () => pool.close(),
  };

  /** Of images that ran here; which runtime class there is must be asked. */
  function recipesOf({ steps, needs, ...sandbox }: UpcomingSandbox): readonly PodRecipe[] {
    const secrets = needs.secretFiles ? [aFile] : [];
    const known = steps.flatMap((step) => {
      const image = images.get(step.image.reference);
      return image === undefined ? [] : [{ step, image, secrets }];
    });
    if (known.length < steps.length || sandbox.confinement.ociRuntime !== undefined) return [];
    const recipe = podRecipeOf({ sandbox, steps: known }, parts.options);
    return recipe === undefined ? [] : [recipe];
  }
}

const forbidden = 403;
/** For the directory of secrets. */
const aFile: SecretValue = { name: '', as: 'file', value: Buffer.alloc(0) };
