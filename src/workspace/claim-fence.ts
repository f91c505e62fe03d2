import { readlink, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../support/exec-error.ts';
import { mapErrno } from '../support/files/map-errno.ts';

/** Of a workspace. */
interface WithControl {
  /** Its directory for our own files. */
  readonly control: string;
}

/**
 * Notes that an agent with this fence has the workspace. One that took over before it with a higher fence keeps it: an agent
 * that was away for long may still believe that the execution is its own.
 * @throws ExecError AGENT_LOST when an agent with a higher fence has it
 */
export async function claimFence(workspace: WithControl, fence: number): Promise<void> {
  const current = await refuseLowerFence(workspace, fence);
  if (fence === current) return;
  const link = linkIn(workspace);
  const draft = `${link}.${fence}`;
  await symlink(String(fence), draft);
  await rename(draft, link);
}

/** The same in a workspace that was just made, where nearly always nobody has been. @throws as {@link claimFence} */
export async function noteFirstFence(workspace: WithControl, fence: number): Promise<void> {
  try {
    await symlink(String(fence), linkIn(workspace));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    await claimFence(workspace, fence);
  }
}

/**
 * @returns the highest fence so far; 0: none
 * @throws ExecError AGENT_LOST when an agent with a higher fence has the workspace
 */
export async function refuseLowerFence(workspace: WithControl, fence: number): Promise<number> {
  const current = Number(await mapErrno(readlink(linkIn(workspace)), { ENOENT: '0' }));
  if (fence < current) throw new ExecError('AGENT_LOST', 'Another agent has taken this execution over.');
  return current;
}

/** A link is made in one call, so there is never half a number, also after a crash. */
function linkIn({ control }: WithControl): string {
  return join(control, 'fence');
}
