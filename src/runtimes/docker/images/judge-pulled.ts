import type { ImageReference } from '../../../support/names/image-reference.ts';
import { checkImageSize } from '../../registries/bound-unpacking.ts';
import type { RegistryAccess } from '../../registries/registry-access.ts';
import type { DockerLimits } from '../docker-options.ts';
import { type AwaitedEngine, retryWhileEngineDown } from '../engine/await-engine.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { isConnectionLost } from '../engine/explain-connection-error.ts';

interface PulledImage {
  readonly id: string;
  /** Unpacked, in bytes. */
  readonly size: number;
}

interface JudgeOptions {
  readonly engine: AwaitedEngine & Pick<Engine, 'tell'>;
  readonly registries: Pick<RegistryAccess, 'sourcesOf'>;
  readonly limits: Pick<DockerLimits, 'pullBytes' | 'imageEntries' | 'engineAwayMs' | 'retryPauseMs'>;
}

/** Refuses images that are too large and that an engine could not be stopped from unpacking. */
export interface PulledJudge {
  /** To be called before a pull. @param idBefore of the image that has the name now */
  expect(reference: ImageReference, idBefore: string | undefined): ExpectedPull;
  /**
   * Removes the image when it is too large. Of an image that no pull has left unjudged nothing is asked.
   * @throws ExecError IMAGE_PULL_FAILED naming the setting
   */
  judge(reference: ImageReference, found: PulledImage): Promise<void>;
}

/** One pull of several that may pull the same name at the same time. */
export interface ExpectedPull {
  /**
   * The same for what it has pulled.
   * @throws ExecError IMAGE_PULL_FAILED naming the setting
   */
  judge(found: PulledImage): Promise<void>;
  /** @param mayHaveCome whether the engine may have the image all the same */
  failed(mayHaveCome: boolean): void;
}

// Names of pulls that ended while the engine was away, the oldest of which are forgotten.
const mostUnjudged = 1000;

export function createPulledJudge({ engine, registries, limits }: JudgeOptions): PulledJudge {
  const unjudged = new Map<string, string | undefined>();

  /** By its mirrors' names too, with which it would stay. False: the engine could not. */
  const isRemoved = async (reference: ImageReference): Promise<boolean> => {
    const mirrors = registries.sourcesOf(reference).filter(({ isMirror }) => isMirror);
    const { tag, digest, familiar } = reference;
    const version = digest === undefined ? `:${tag}` : `@${digest}`;
    for (const name of [familiar, ...mirrors.map(({ repository }) => `${repository}${version}`)]) {
      const answer = await retryWhileEngineDown(engine, limits, new AbortController().signal, () =>
        engine.tell({ method: 'DELETE', path: `/images/${name}` }),
      ).catch((error: unknown) => {
        if (!isConnectionLost(error)) throw error;
      });
      if (answer === undefined || !(answer.ok || answer.status === 404)) return false;
    }
    return true;
  };

  const enter = (familiar: string, idBefore: string | undefined): void => {
    if (unjudged.has(familiar)) return;
    unjudged.set(familiar, idBefore);
    const [oldest] = unjudged.keys();
    if (unjudged.size > mostUnjudged && oldest !== undefined) unjudged.delete(oldest);
  };

  const judge = async (reference: ImageReference, { id, size }: PulledImage): Promise<void> => {
    const { familiar } = reference;
    if (!unjudged.has(familiar) || unjudged.get(familiar) === id) return;
    try {
      const most = { bytes: limits.pullBytes, entries: limits.imageEntries };
      checkImageSize({ bytes: size, entries: 0 }, { reference: familiar, most });
    } catch (error) {
      // One that cannot be removed now is judged again before it is used.
      if (await isRemoved(reference)) unjudged.delete(familiar);
      throw error;
    }
    unjudged.delete(familiar);
  };

  return {
    judge,

    expect(reference, idBefore) {
      const { familiar } = reference;
      const isFirst = !unjudged.has(familiar);
      enter(familiar, idBefore);
      return {
        async judge(found) {
          // Another pull of the name may have ended meanwhile.
          enter(familiar, idBefore);
          await judge(reference, found);
          unjudged.delete(familiar);
        },
        failed(mayHaveCome) {
          if (mayHaveCome) enter(familiar, idBefore);
          else if (isFirst) unjudged.delete(familiar);
        },
      };
    },
  };
}
