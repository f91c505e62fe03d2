import { type Opened, openBeneath } from '../../workspace/beneath/open-beneath.ts';
import { createOpenDirectories, type OpenDirectories } from '../../workspace/beneath/open-directories.ts';

/** The caller closes a returned handle. */
export type OpenObject = (root: string, parts: readonly Buffer[]) => Promise<Opened>;

/** How long directories stay open after the last object, in milliseconds. */
const idleMs = 250;

/** Opens the objects of one root; one after the other is often in the same directory, which stays open in between. */
export function createObjectOpener(): OpenObject {
  let directories: OpenDirectories | undefined;
  let timer: NodeJS.Timeout | undefined;

  const closeLater = (opened: OpenDirectories) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      // What is in use just now stays, for the next time.
      void opened.close();
    }, idleMs).unref();
    timer.refresh();
  };

  return async (root, parts) => {
    directories ??= createOpenDirectories(root);
    closeLater(directories);
    const opened = await directories.open(parts, 'file');
    if (opened.handle !== undefined) return opened;
    // A directory that was removed and made again meanwhile is another one than the one that is open.
    return openBeneath(root, parts, 'file');
  };
}
