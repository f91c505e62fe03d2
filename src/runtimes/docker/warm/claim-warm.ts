import type { StepSpec } from '../../runtime.ts';
import type { SecretFiles } from '../../secrets/secret-files.ts';
import { commandOf } from '../../warm/command-of.ts';
import { warmNeedsOf, warmRecipeOf } from '../../warm/warm-recipe.ts';
import type { SandboxHandle } from '../sandbox-handle.ts';
import type { WarmContainer } from './warm-container.ts';

/** A container that waits, in the sandbox that it has been given to. */
export interface ClaimedWarm {
  /**
   * Receives what the step runs; it only has to be launched. Undefined: the step needs a container of its own, and this one
   * has been removed.
   */
  use(spec: StepSpec): Promise<WarmContainer | undefined>;
  /** It is not needed any more. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  readonly handle: SandboxHandle;
  readonly secretFiles: SecretFiles;
  /** Reports whether it could be used. */
  readonly onUse: (isUsed: boolean) => void;
}

export function claimWarm(warm: WarmContainer, { handle, secretFiles, onUse }: ClaimOptions): ClaimedWarm {
  // Nobody waits for it before the container is recorded; a failure shows in what becomes of the container.
  const claimed = warm.claim(handle.executionId).then(
    () => true,
    () => false,
  );
  let isLeft = true;

  const isFor = async (spec: StepSpec): Promise<boolean> => {
    const { network, ...sandbox } = handle;
    const own = network.holder === null ? 'none' : 'own';
    const { secretFiles: hasSecrets } = warmNeedsOf({}, spec.secrets);
    const needs = { network: network.mode === 'open' ? 'open' : own, secretFiles: hasSecrets } as const;
    const recipe = warmRecipeOf(sandbox, spec, needs);
    if (recipe?.key !== warm.recipe.key || !(await claimed)) return false;
    await secretFiles.write(handle, spec.secrets ?? []);
    return warm.tell(commandOf(spec, warm.imageCommand));
  };

  return {
    async use(spec) {
      if (!isLeft) return undefined;
      isLeft = false;
      const isUsed = await isFor(spec);
      onUse(isUsed);
      if (isUsed) return warm;
      await warm.end(new AbortController().signal);
      return undefined;
    },

    async release() {
      isLeft = false;
      await claimed;
      await warm.release();
    },
  };
}
