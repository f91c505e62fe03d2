import { access } from 'node:fs/promises';

/** @param mode of `fs.constants`; absent: whether it is there. False as well for what must not be looked at. */
export function canAccess(path: string, mode?: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
