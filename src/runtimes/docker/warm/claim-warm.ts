import type { StepSpec } from '../../runtime.ts';
import { commandOf } from '../../warm/command-of.ts';
import { warmRecipeOf } from '../../warm/warm-recipe.ts';
import type { SandboxHandle } from '../sandbox-handle.ts';
import type { WarmContainer } from './warm-container.ts';

/** A container that waits, in the sandbox that it has been given to. */
export interface ClaimedWarm {
  /**
   * Told what the step runs; it only has to be launched. Undefined: the step needs a container of its own, and this one
   * has been removed.
   */
  use(spec: StepSpec): Promise<WarmContainer | undefined>;
  /** It is not needed any more. */
  release(): Promise<void>;
}

export function claimWarm(warm: WarmContainer, handle: SandboxHandle): ClaimedWarm {
  // Nobody waits for it before the container is recorded; that it failed is told by what becomes of the container.
  const claimed = warm.claim(handle.executionId).then(
    () => true,
    () => false,
  );
  let isLeft = true;

  const isFor = async (spec: StepSpec): Promise<boolean> => {
    const { network: _, ...sandbox } = handle;
    const recipe = warmRecipeOf({ ...sandbox }, spec);
    if (recipe?.key !== warm.recipe.key || !(await claimed)) return false;
    return warm.tell(commandOf(spec, warm.imageCommand));
  };

  return {
    async use(spec) {
      if (!isLeft) return undefined;
      isLeft = false;
      if (await isFor(spec)) return warm;
      await warm.remove(new AbortController().signal);
      return undefined;
    },

    async release() {
      isLeft = false;
      await claimed;
      await warm.release();
    },
  };
}
