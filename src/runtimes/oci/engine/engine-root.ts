import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkDirectory, claimDirectory } from '../../../support/directories/claim-directory.ts';
import { errnoOf } from '../../../support/exec-error.ts';

/** Of statfs(2). */
const tmpfsMagic = 0x0102_1994;
// Beside a deployment's directory: their names hold no dot.
const name = '.engine';
// An OCI runtime keeps less than 100 KiB for each container.
const roomBytes = 16 * 1024 ** 2;

export interface EngineRoots {
  /** A directory that may be in memory, as for secrets. */
  readonly memory: string;
  /** A directory on any file system. */
  readonly disk: string;
}

/** Where the OCI runtime keeps its state from now on, then where containers that run already may have theirs. */
export type ChosenRoots = readonly [string, ...string[]];

/**
 * Chooses where the OCI runtime keeps its own state: in memory if there is a file system with room, since that state means
 * nothing once the containers are gone. Creates nothing.
 */
export async function chooseEngineRoot({ memory, disk }: EngineRoots): Promise<ChosenRoots> {
  try {
    await checkDirectory({ path: memory, setting: 'EXEC_SECRETS_MEMORY' });
    const inMemory = join(memory, name);
    return (await hasRoom(memory)) ? [inMemory, disk] : [disk, inMemory];
  } catch {
    // Only secrets depend on that directory, so the reason is reported where those are needed.
    return [disk];
  }
}

/** Makes the root that {@link chooseEngineRoot} chose. @throws ExecError RUNTIME_UNAVAILABLE when others could change it */
export async function makeEngineRoot(root: string, { memory }: Pick<EngineRoots, 'memory'>): Promise<void> {
  const inMemory = dirname(root) === memory;
  if (inMemory) await claimDirectory({ path: memory, setting: 'EXEC_SECRETS_MEMORY' });
  await claimDirectory({ path: root, setting: inMemory ? 'EXEC_SECRETS_MEMORY' : 'EXEC_DATA_DIR' });
}

async function hasRoom(directory: string): Promise<boolean> {
  try {
    const { type, bavail, bsize } = await statfs(directory);
    return type === tmpfsMagic && bavail * bsize >= roomBytes;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || directory === dirname(directory)) throw error;
    return hasRoom(dirname(directory));
  }
}
