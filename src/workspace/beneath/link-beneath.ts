import { symlink, unlink } from 'node:fs/promises';
import { pathAt } from './open-beneath.ts';
import { createOpenDirectories } from './open-directories.ts';

/**
 * Makes a symbolic link below a root, in place of a file of that name, without following any. What it leads to is not
 * looked at: code that opens a path below the root must follow no link either.
 * @returns false when it cannot be made
 */
export async function linkBeneath(root: string, parts: readonly Buffer[], target: string): Promise<boolean> {
  const name = parts.at(-1);
  if (name === undefined) return false;
  const directories = createOpenDirectories(root, { make: 'plain' });
  try {
    return await directories.within(
      parts.slice(0, -1),
      async (directory) => {
        const path = pathAt(directory, name);
        await unlink(path).catch(() => undefined);
        await symlink(target, path);
        return true;
      },
      () => false,
    );
  } catch {
    return false;
  } finally {
    await directories.close();
  }
}
