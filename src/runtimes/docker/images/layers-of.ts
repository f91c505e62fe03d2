import { posix } from 'node:path';
import type { z } from 'zod';
import type { imageSchema } from '../engine/engine-schemas.ts';

/** Names of the directories that an engine has the layers of an image in; undefined: it does not report them. */
export function layersOf({ GraphDriver }: z.infer<typeof imageSchema>): readonly string[] | undefined {
  const { LowerDir, UpperDir } = GraphDriver?.Data ?? {};
  if (UpperDir == null) return undefined;
  // `/var/lib/docker/overlay2/1c…9f/diff:/var/lib/docker/overlay2/07…2a/diff`
  const directories = [UpperDir, ...(LowerDir == null ? [] : LowerDir.split(':'))];
  return directories.map((path) => posix.basename(posix.dirname(path)));
}
