import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkDirectory, claimDirectory } from '../../support/directories/claim-directory.ts';
import type { OwnDirectory } from '../../support/directories/directory-refusal.ts';
import { ExecError, errnoOf } from '../../support/exec-error.ts';
import { namesIn } from '../../support/files/names-in.ts';
import type { Owners } from '../../support/processes/owners.ts';
import { directoryName } from '../directory-name.ts';
import type { SecretValue } from '../runtime.ts';
import { abandonedWarmDirectories, warmDirectoryOf } from '../warm/warm-directory.ts';

/** Where containers find secrets that come as files, one for each, by its name. */
export const secretsPath = '/run/secrets';

export interface SecretPlace {
  readonly deployment: string;
  readonly executionId: string;
}

/** A directory for secrets of an execution that is not known yet. */
export interface WaitingSecrets {
  /** Shown to the container; empty. */
  readonly shown: string;
  /** Makes it the directory to which `write` writes the secrets of that execution. */
  give(place: SecretPlace): Promise<void>;
  /** Unless it was given. Safe to repeat. */
  remove(): Promise<void>;
}

/** Secrets in memory, shown to containers and to nobody else on this machine. */
export interface SecretFiles {
  /**
   * @returns the directory that holds them; undefined when none is to be a file
   * @throws ExecError RUNTIME_UNAVAILABLE where there is no file system in memory, or another user could read or change it
   */
  write(place: SecretPlace, secrets: readonly SecretValue[]): Promise<string | undefined>;
  /**
   * @param name of the directory, unlike any other of the execution
   * @returns a new directory that nobody but root can enter, and that goes with the secrets of the execution
   * @throws ExecError RUNTIME_UNAVAILABLE as `write`
   */
  makeDirectory(place: SecretPlace, name: string): Promise<string>;
  /**
   * @param id unlike any other that waits
   * @throws ExecError RUNTIME_UNAVAILABLE as `write`
   */
  prepare(deployment: string, id: string): Promise<WaitingSecrets>;
  /** Safe to repeat. */
  remove(place: SecretPlace): Promise<void>;
  /** Removes what was prepared by agents that have gone. */
  sweepPrepared(deployment: string): Promise<void>;
  /** Ids of the executions that have some. */
  list(deployment: string): Promise<readonly string[]>;
}

// Of statfs(2).
const tmpfsMagic = 0x0102_1994;

/** @param root a directory in memory; made when it is missing */
export function createSecretFiles(root: string, owners: Owners): SecretFiles {
  const deploymentOf = (deployment: string) => join(root, directoryName(deployment));
  const directoryOf = ({ deployment, executionId }: SecretPlace) => join(deploymentOf(deployment), executionId);

  const preparedRoot = join(root, '.warm');
  const own = { path: root, setting: 'EXEC_SECRETS_MEMORY' };

  async function claim(): Promise<void> {
    await claimDirectory(own);
    const { type } = await statfs(root);
    if (type !== tmpfsMagic) throw notInMemory(root);
  }

  return {
    async write(place, secrets) {
      const files = secrets.filter(({ as }) => as === 'file');
      if (files.length === 0) return undefined;
      await claim();
      const shown = shownIn(directoryOf(place));
      await mkdir(shown, { recursive: true, mode: 0o700 });
      for (const { name, value } of files) {
        const path = join(shown, name);
        // Of an earlier step: an agent that is not root may not write to it, but may replace it.
        await rm(path, { force: true });
        await writeFile(path, value);
        // The user of the container may be anyone; the directories above keep everyone else out.
        await chmod(path, 0o444);
      }
      await chmod(shown, 0o755);
      return shown;
    },
    async makeDirectory(place, name) {
      await claim();
      const directory = join(directoryOf(place), name);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    async prepare(deployment, id) {
      await claim();
      const mine = await warmDirectoryOf(preparedRoot, deployment, owners);
      const directory = join(mine, id);
      const shown = shownIn(directory);
      await mkdir(shown, { recursive: true, mode: 0o700 });
      await chmod(shown, 0o755);
      // A directory that another one still uses stays.
      const leave = async () => {
        for (const each of [mine, dirname(mine), preparedRoot]) await removeIfEmpty(each);
      };
      return {
        shown,
        async give(place) {
          const given = directoryOf(place);
          await mkdir(dirname(given), { recursive: true, mode: 0o700 });
          await rm(given, { recursive: true, force: true });
          await rename(directory, given);
          await leave();
        },
        async remove() {
          await rm(directory, { recursive: true, force: true });
          await leave();
        },
      };
    },
    async sweepPrepared(deployment) {
      if (!(await isOwn(own))) return;
      for (const directory of await abandonedWarmDirectories(preparedRoot, deployment, owners))
        await rm(directory, { recursive: true, force: true });
    },
    async remove(place) {
      const directory = directoryOf(place);
      // Most executions have none.
      if (!existsSync(directory) || !(await isOwn(own))) return;
      if ((await removeIfEmpty(directory)) === 'nothing there') return;
      await rm(directory, { recursive: true, force: true });
      await removeIfEmpty(deploymentOf(place.deployment));
    },
    list: async (deployment) => ((await isOwn(own)) ? namesIn(deploymentOf(deployment)) : []),
  };
}

/** What a container is shown of it. */
function shownIn(directory: string): string {
  return join(directory, 'shown');
}

/** In a directory that others may change nothing of ours can be, and a path in it may lead anywhere. */
async function isOwn(directory: OwnDirectory): Promise<boolean> {
  try {
    return (await checkDirectory(directory)) !== undefined;
  } catch (error) {
    if (error instanceof ExecError) return false;
    throw error;
  }
}

async function removeIfEmpty(directory: string): Promise<'removed' | 'not empty' | 'nothing there'> {
  try {
    await rmdir(directory);
    return 'removed';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing there';
    if (errnoOf(error) === 'ENOTEMPTY') return 'not empty';
    throw error;
  }
}

function notInMemory(root: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `Secrets need a file system in memory, and ${root} is on a disk. Set EXEC_SECRETS_MEMORY to a directory on a tmpfs.`,
  );
}
