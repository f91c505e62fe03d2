import type { FileHandle } from 'node:fs/promises';
import { joinParts, showName } from './file-name.ts';
import { type Opened, type Owner, openAt, openBeneath, openOrMakeDirectoryAt, type Wanted } from './open-beneath.ts';

/** Why an entry cannot be opened. */
export type NotOpened = Extract<Opened, { readonly handle?: undefined }>;

/**
 * The directories below one root, each opened once for many files in it, by the same steps as {@link openBeneath}. One
 * that is moved meanwhile is still the same directory; it cannot have left the root's mount.
 */
export interface OpenDirectories {
  /** The caller closes a returned handle. @throws system errors of a broken host only */
  open(parts: readonly Buffer[], want: Wanted): Promise<Opened>;
  /** Runs a function in a directory, which stays open for the next call. If it cannot be opened, calls `otherwise`. */
  within<T>(
    parts: readonly Buffer[],
    work: (directory: FileHandle) => Promise<T>,
    otherwise: (problem: NotOpened) => T | Promise<T>,
  ): Promise<T>;
  /** To be called when all work in them has ended. */
  close(): Promise<void>;
}

export interface DirectoriesOptions {
  /** How directories that are missing are made: 0755 or 0777. Absent: not at all. */
  readonly make?: 'plain' | 'writable';
  /** Who gets those that are made; absent: this process. */
  readonly owner?: Owner | undefined;
}

interface Known {
  readonly opening: Promise<Opened>;
  users: number;
}

/** Directories that are kept open; walks stay in one for long. */
const kept = 16;

const modes = { plain: 0o755, writable: 0o777 } as const;

export function createOpenDirectories(root: string, { make, owner }: DirectoriesOptions = {}): OpenDirectories {
  const known = new Map<string, Known>();

  const openIn = (parent: FileHandle, name: Buffer): Promise<Opened> =>
    make === undefined ? openNamedDirectoryAt(parent, name) : openOrMakeDirectoryAt(parent, name, modes[make], owner);

  const openDirectory = (parts: readonly Buffer[]): Promise<Opened> => {
    const name = parts.at(-1);
    if (name === undefined) return openBeneath(root, [], 'directory');
    return within<Opened>(
      parts.slice(0, -1),
      async (parent) => namedAfter(await openIn(parent, name), parts),
      (problem) => problem,
    );
  };

  const borrow = (key: string, parts: readonly Buffer[]): Known => {
    const entry = known.get(key) ?? { opening: openDirectory(parts), users: 0 };
    // The one that was used last is the last that is closed.
    known.delete(key);
    known.set(key, entry);
    entry.users += 1;
    return entry;
  };

  const within: OpenDirectories['within'] = async (parts, work, otherwise) => {
    const key = keyOf(parts);
    const entry = borrow(key, parts);
    let problem: NotOpened | undefined;
    try {
      const opened = await entry.opening;
      if (opened.handle !== undefined) return await work(opened.handle);
      problem = opened;
    } finally {
      entry.users -= 1;
      // What was not there, or could not be opened, may be tried again.
      if (problem !== undefined && known.get(key) === entry) known.delete(key);
      await closeSome(kept);
    }
    return otherwise(problem);
  };

  const closeSome = async (keep: number): Promise<void> => {
    for (const [key, { opening, users }] of known) {
      if (known.size <= keep) return;
      if (users > 0) continue;
      known.delete(key);
      // The caller that opened it has received the error.
      const opened = await opening.catch(() => undefined);
      await opened?.handle?.close();
    }
  };

  return {
    async open(parts, want) {
      const name = parts.at(-1);
      if (name === undefined) return openBeneath(root, [], want);
      return within<Opened>(
        parts.slice(0, -1),
        async (directory) => namedAfter(await openAt(directory, name, want), parts),
        // A path below a file does not exist.
        (problem) => (problem.found === 'file' ? { ...problem, found: 'nothing' } : problem),
      );
    },
    within,
    close: () => closeSome(0),
  };
}

/** Different for the root and for a directory whose name is empty, which is refused only when it is opened. */
function keyOf(parts: readonly Buffer[]): string {
  return [parts.length, ...parts.map((part) => part.toString('latin1'))].join('\0');
}

function openNamedDirectoryAt(parent: FileHandle, name: Buffer): Promise<Opened> {
  return openAt(parent, name, 'directory');
}

function namedAfter(opened: Opened, parts: readonly Buffer[]): Opened {
  return opened.handle === undefined ? { ...opened, at: showName(joinParts(parts)) } : opened;
}
