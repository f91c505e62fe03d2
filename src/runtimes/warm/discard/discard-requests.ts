import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../support/exec-error.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { digestPattern } from '../../../support/names/image-reference.ts';
import { delay } from '../../../support/time/deadline.ts';

/** Between agents that share a directory: requests to remove the warm containers of an image, so that it can be removed. */
export interface DiscardRequests {
  /** Resolves once `isDone` does, or after `waitMs`. */
  send(imageId: string, isDone: () => Promise<boolean>): Promise<void>;
  /** Ids of the images in the requests of any agent that still waits. */
  received(): Promise<readonly string[]>;
}

/**
 * Removes the warm containers that wait with an image, of this agent and of others that share its directory.
 * @param imageId by which the driver starts containers
 * @param isDone whether none is left
 */
export type DiscardWarm = (imageId: string, isDone: () => Promise<boolean>) => Promise<void>;

export interface DiscardLimits {
  /** How long the sender waits, in milliseconds. */
  readonly waitMs: number;
  /** How often it looks whether they are gone, in milliseconds. */
  readonly pollMs: number;
}

// An agent looks for requests when it looks after its warm containers, every five seconds.
const defaultDiscardLimits: DiscardLimits = { waitMs: 12_000, pollMs: 100 };

/** @param directory which these agents share; made when it is needed */
export function createDiscardRequests(
  directory: string,
  { waitMs, pollMs }: DiscardLimits = defaultDiscardLimits,
): DiscardRequests {
  return {
    async send(imageId, isDone) {
      const file = join(directory, imageId.replace(':', separator));
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeFile(file, '');
      try {
        for (const end = performance.now() + waitMs; !(await isDone()) && performance.now() < end; )
          await delay(pollMs);
      } finally {
        await rm(file, { force: true });
      }
    },

    async received() {
      const ids: string[] = [];
      for (const name of await namesIn(directory)) {
        const id = name.replace(separator, ':');
        const sentAt = digestPattern.test(id) ? await modifiedAt(join(directory, name)) : undefined;
        if (sentAt === undefined) continue;
        if (Date.now() - sentAt <= 2 * waitMs) ids.push(id);
        // Its sender was killed.
        else await rm(join(directory, name), { force: true });
      }
      return ids;
    },
  };
}

const separator = '-';

/** Epoch milliseconds; undefined: it is gone. */
async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
