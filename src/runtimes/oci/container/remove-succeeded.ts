import { basename } from 'node:path';
import { allEnded } from '../../../support/time/all-ended.ts';
import { isMountedBelowName } from '../../../workspace/tree/find-mounts.ts';
import type { Cgroup } from '../cgroup/cgroup.ts';
import type { Launchers } from '../launcher/launchers.ts';
import type { OciContainer } from './container.ts';

export interface SucceededSandbox {
  /** The workspace, named by the execution's id. */
  readonly directory: string;
  /** Every container that was ever made in it, with its cgroup. */
  readonly containers: readonly { readonly container: OciContainer; readonly cgroup: Cgroup }[];
  readonly launchers: Launchers;
  /** Whether the launcher made the cgroups. */
  readonly enters: boolean;
}

/**
 * Has the launcher remove a sandbox whose containers have all ended with code 0, in one call instead of one for each file.
 * @returns false when anything is left; it is then removed, and explained, step by step
 * @throws ExecError INTERNAL when processes stay in a cgroup that the agent made
 */
export async function removeSucceeded({
  directory,
  containers,
  launchers,
  enters,
}: SucceededSandbox): Promise<boolean> {
  if (containers.length === 0 || !containers.every(({ container }) => container.hasSucceeded())) return false;
  // The launcher would not enter what is mounted there, but remove what is beside it.
  if (isMountedBelowName(basename(directory))) return false;
  const cgroups = containers.map(({ cgroup }) => cgroup);
  if (!enters) {
    await allEnded(cgroups.map((cgroup) => cgroup.remove()));
    return launchers.remove({ directory });
  }
  const groups = cgroups.map(({ path }) => path);
  const last = groups.pop();
  for (const group of groups) if (!(await launchers.remove({ group }))) return false;
  return launchers.remove({ directory, ...(last !== undefined && { group: last }) });
}
