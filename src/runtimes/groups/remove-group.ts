import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import { mapErrno } from '../../support/files/map-errno.ts';
import { allEnded } from '../../support/time/all-ended.ts';
import { delay } from '../../support/time/deadline.ts';
import { type GroupLayout, hierarchiesOf } from './group-layout.ts';

const removeTries = 2000;
const removePauseMs = 1;

/**
 * Removes a group in every hierarchy, and those in it: an engine that was killed leaves the one that it made there.
 * @param path below every hierarchy; it may exist in some of them only
 * @throws ExecError INTERNAL when processes stay in it
 */
export async function removeGroup(layout: GroupLayout, path: string): Promise<void> {
  await allEnded(hierarchiesOf(layout).map((mount) => removeDirectory(join(mount, path))));
}

async function removeDirectory(group: string): Promise<void> {
  for (let left = removeTries; !(await isRemoved(group)); left -= 1) {
    if (left === 0) throw new ExecError('INTERNAL', `The cgroup ${group} still holds processes.`);
    if (await removeInner(group)) continue;
    // A group stays busy for the moment that its last processes take to go.
    await delay(removePauseMs);
  }
}

/** Whether there was one, and all are gone now. */
async function removeInner(group: string): Promise<boolean> {
  const entries = await mapErrno(readdir(group, { withFileTypes: true }), { ENOENT: [] });
  const inner = entries.filter((entry) => entry.isDirectory());
  const removed = await Promise.all(inner.map(({ name }) => isRemoved(join(group, name))));
  return removed.length > 0 && removed.every(Boolean);
}

function isRemoved(group: string): Promise<boolean> {
  return mapErrno(
    rmdir(group).then(() => true),
    { ENOENT: true, EBUSY: false },
  );
}
