import { watch } from 'node:fs';
import { deferred } from '../../support/deferred.ts';

/** Changes in one directory, told by the kernel. */
export interface DirectoryWatch {
  /** Resolves at the next change since the watch began, or since the last call; never rejects. */
  changed(): Promise<void>;
  close(): void;
}

/** @param name only changes of the entry of that name count */
export function watchDirectory(directory: string, name?: string): DirectoryWatch {
  let bell = deferred();
  const watcher = watch(directory, { persistent: false }, (_, changed) => {
    if (name === undefined || changed === name) bell.resolve();
  });
  // The directory was removed under us: whoever waits looks and finds out.
  watcher.on('error', () => bell.resolve());
  return {
    async changed() {
      await bell.promise;
      bell = deferred();
    },
    close: () => watcher.close(),
  };
}
