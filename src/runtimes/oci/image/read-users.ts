import { partsOf } from '../../../workspace/beneath/file-name.ts';
import { openBeneath } from '../../../workspace/beneath/open-beneath.ts';
import { readWhole } from '../../../workspace/beneath/read-file.ts';
import type { UserDatabase } from '../../users/resolve-user.ts';

const longestFile = 1024 * 1024;

/** The users and groups of an unpacked image. The image is not trusted: a link in the place of a file is no file. */
export async function readUsers(rootfs: string): Promise<UserDatabase> {
  const [passwd, group] = await Promise.all([readText(rootfs, 'etc/passwd'), readText(rootfs, 'etc/group')]);
  return { passwd, group };
}

async function readText(rootfs: string, path: string): Promise<string> {
  const { handle } = await openBeneath(rootfs, partsOf(path), 'file');
  if (handle === undefined) return '';
  try {
    return (await readWhole(handle, longestFile)).toString();
  } finally {
    await handle.close();
  }
}
