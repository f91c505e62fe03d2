import type { Logger } from '../../telemetry/log.ts';
import { createReadyItems } from '../ready-items.ts';
import { createWarmDemand, type DemandLimits, type Made, memoryOf, type Recipe } from './warm-demand.ts';
import type { WarmRecipe } from './warm-recipe.ts';

/** What a pool holds: of any driver, for one execution, then it is removed. */
export interface Poolable<R extends Recipe = WarmRecipe> extends Made {
  readonly recipe: R;
  /** It still waits, as far as is known. */
  isTrusted(): boolean;
  /** With its workspace, unless that was taken. Safe to repeat. */
  remove(signal: AbortSignal): Promise<void>;
}

/** Containers that wait for their command, one execution each. */
export interface WarmPool<T extends Poolable<R>, R extends Recipe = WarmRecipe> {
  /**
   * One that was made by the recipe, which is nobody else's from now on; one that is being made is waited for. Undefined:
   * there is none. It is noted that it was wanted.
   */
  take(recipe: R): Promise<T | undefined>;
  /** What will be wanted next, first things first, beside what was wanted lately. */
  expect(recipes: readonly R[]): void;
  /** To be called when nothing is being started any more. */
  refill(): void;
  /** Makes none for a while, because others need the room. */
  pause(): void;
  /** Removes those that wait, and makes none of them until they are asked for again. Resolves once they are gone. */
  discard(isUnwanted: (recipe: R) => boolean): Promise<void>;
  /** How many wait now. */
  size(): number;
  /** Removes what waits. Safe to repeat. */
  close(): Promise<void>;
}

export interface WarmPoolOptions<T extends Poolable<R>, R extends Recipe = WarmRecipe> {
  readonly make: (recipe: R, signal: AbortSignal) => Promise<T>;
  readonly limits: DemandLimits;
  /** Something is being started that somebody waits for, so that nothing may be made ahead now. */
  readonly isBusy: () => boolean;
  /** Whether this machine has so much memory to spare. */
  readonly hasMemory: (bytes: number) => Promise<boolean>;
  /** Called each time that the pool looks after what waits. */
  readonly onCheck?: () => Promise<void>;
  readonly logger: Logger;
}

interface Making<T, R> {
  readonly recipe: R;
  readonly made: Promise<T | undefined>;
  isTaken: boolean;
}

export function createWarmPool<T extends Poolable<R>, R extends Recipe = WarmRecipe>({
  make,
  limits,
  isBusy,
  hasMemory,
  onCheck,
  logger,
}: WarmPoolOptions<T, R>): WarmPool<T, R> {
  const demand = createWarmDemand<R>(limits);
  const ending = new AbortController();
  const ready = createReadyItems<T>(
    (warm) => warm.remove(ending.signal),
    (error) => logger.warn({ err: error }, 'a container that waited could not be removed'),
  );
  let making: Making<T, R> | undefined;
  let filling: Promise<void> | undefined;
  let soon: NodeJS.Timeout | undefined;
  let checks: NodeJS.Timeout | undefined;
  let pausedUntil = 0;

  const memoryWith = (recipe: R) => ready.items.reduce((sum, warm) => sum + memoryOf(warm.recipe), memoryOf(recipe));

  /** False when there is none, although what nobody wants has gone. */
  async function makeRoomFor(recipe: R): Promise<boolean> {
    const isTooMuch = () => ready.items.length >= limits.count || memoryWith(recipe) > limits.memoryBytes;
    for (const warm of demand.spare(ready.items)) if (isTooMuch()) ready.discard([warm]);
    return !isTooMuch() && (await hasMemory(memoryWith(recipe)));
  }

  const mayFill = () => !ending.signal.aborted && performance.now() >= pausedUntil && !isBusy() && !demand.isIdle();

  async function fill(): Promise<void> {
    for (let next = demand.missing(ready.items); next !== undefined && mayFill(); next = demand.missing(ready.items)) {
      if (!(await makeRoomFor(next)) || !mayFill()) return;
      // It may have been discarded meanwhile.
      if (demand.missing(ready.items)?.key !== next.key) continue;
      const current: Making<T, R> = { recipe: next, made: makeOne(next), isTaken: false };
      making = current;
      const warm = await current.made;
      making = undefined;
      if (warm === undefined || current.isTaken) continue;
      if (ending.signal.aborted) ready.remove(warm);
      else ready.add(warm);
    }
  }

  async function makeOne(recipe: R): Promise<T | undefined> {
    try {
      return await make(recipe, ending.signal);
    } catch (error) {
      demand.failed(recipe);
      if (!ending.signal.aborted) warn(error);
      return undefined;
    }
  }

  function warn(error: unknown): void {
    logger.warn({ err: error }, 'containers could not be made ready');
  }

  function refill(): void {
    if (ending.signal.aborted) return;
    filling ??= fill()
      .catch(warn)
      .finally(() => {
        filling = undefined;
      });
  }

  // Wait a little, so that refilling does not slow the container that was taken last.
  function refillSoon(): void {
    if (ending.signal.aborted) return;
    checks ??= setInterval(() => void lookAfter().catch(warn), limits.checkMs).unref();
    soon ??= setTimeout(() => {
      soon = undefined;
      refill();
    }, limits.refillAfterMs).unref();
  }

  const discardDoubtful = () => ready.discard(ready.items.filter((warm) => !warm.isTrusted()));

  async function lookAfter(): Promise<void> {
    discardDoubtful();
    await onCheck?.();
    if (!demand.isIdle() && (await hasMemory(0))) return refill();
    ready.discard(ready.items);
    if (!demand.isIdle()) return;
    clearInterval(checks);
    checks = undefined;
  }

  return {
    async take(recipe) {
      if (ending.signal.aborted) return undefined;
      demand.note(recipe);
      discardDoubtful();
      refillSoon();
      const warm = ready.take((each) => each.recipe.key === recipe.key);
      if (warm !== undefined) return warm;
      if (making === undefined || making.isTaken || making.recipe.key !== recipe.key) return undefined;
      making.isTaken = true;
      return making.made;
    },

    expect(recipes) {
      demand.expect(recipes);
      refillSoon();
    },

    refill: refillSoon,
    pause() {
      pausedUntil = performance.now() + limits.retryMs;
    },
    async discard(isUnwanted) {
      demand.forget(isUnwanted);
      ready.discard(ready.items.filter((warm) => isUnwanted(warm.recipe)));
      if (making !== undefined && !making.isTaken && isUnwanted(making.recipe)) {
        making.isTaken = true;
        const warm = await making.made;
        if (warm !== undefined) ready.remove(warm);
      }
      await ready.removed();
    },

    size: () => ready.items.length,

    async close() {
      clearTimeout(soon);
      clearInterval(checks);
      ending.abort();
      await filling;
      ready.discard(ready.items);
      await ready.removed();
    },
  };
}
