import { watch } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../../support/exec-error.ts';
import { canAccess } from '../../../support/files/can-access.ts';
import { type Deferred, deferred } from '../../../support/time/deferred.ts';

/** Changes in one directory. */
export interface DirectoryWatch {
  /**
   * Resolves at the next change since the watch began, or since the last call; never rejects. Without a name it may also
   * resolve when nothing has changed.
   */
  changed(): Promise<void>;
  close(): void;
}

// As soon as a user would want it to be, and rare enough for a hundred containers.
const pollMs = 50;
// The kernel's answers when the user has too many inotify instances, or too many watches: containers of the same user take theirs from
// the same allowance.
const exhausted: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOSPC']);

/**
 * Watches with inotify, or looks now and then where there is no inotify left.
 * @param name only changes of the entry of that name count; without inotify, that it exists counts
 */
export function watchDirectory(directory: string, name?: string): DirectoryWatch {
  const bell = { next: deferred() };
  const close = follow(directory, name, bell);
  return {
    async changed() {
      await bell.next.promise;
      bell.next = deferred();
    },
    close,
  };
}

interface Bell {
  next: Deferred<void>;
}

function follow(directory: string, name: string | undefined, bell: Bell): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, (_, changed) => {
      if (name === undefined || changed === name) bell.next.resolve();
    });
    // The directory was removed under us: the caller looks and finds out.
    watcher.on('error', () => bell.next.resolve());
    return () => watcher.close();
  } catch (error) {
    if (!exhausted.has(errnoOf(error))) throw error;
    return poll(directory, name, bell);
  }
}

function poll(directory: string, name: string | undefined, bell: Bell): () => void {
  const look = async () => {
    if (name === undefined || (await canAccess(join(directory, name)))) bell.next.resolve();
  };
  const timer = setInterval(look, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
