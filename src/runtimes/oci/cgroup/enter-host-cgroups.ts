import { readlink } from 'node:fs/promises';
import type { GroupLayout } from '../../groups/group-layout.ts';

const namespaceOf = (process: 'self' | 1) => `/proc/${process}/ns/cgroup`;

/**
 * What a program is started with to see control groups as the machine does. On v2 a container has a view of its own, and systemd
 * mounts v2 so that a process can only be moved to a group that is in the view of who moves it.
 * @returns undefined where the view is the machine's already, or that one cannot be had
 */
export async function enterHostCgroups(
  layout: GroupLayout,
  nsenter: string | undefined,
  readView: (path: string) => Promise<string> = readlink,
): Promise<readonly string[] | undefined> {
  if (layout.kind === 'v1' || nsenter === undefined) return undefined;
  // What must not be read cannot be entered either.
  const views = [namespaceOf(1), namespaceOf('self')].map((path) => readView(path).catch(() => undefined));
  const [machine, own] = await Promise.all(views);
  return machine === undefined || machine === own ? undefined : [nsenter, `--cgroup=${namespaceOf(1)}`, '--'];
}
