import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError } from '../support/exec-error.ts';
import { readIfThere } from '../support/files/read-if-there.ts';

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
  const file = fileIn(workspace);
  // Never half a number, also after a crash.
  const draft = `${file}.${fence}`;
  await writeFile(draft, String(fence), { mode: 0o600 });
  await rename(draft, file);
}

/** Notes the fence of the first agent in a workspace that no other agent can find yet. */
export async function noteFirstFence(workspace: WithControl, fence: number): Promise<void> {
  await writeFile(fileIn(workspace), String(fence), { mode: 0o600 });
}

/**
 * @returns the highest fence so far; 0: none
 * @throws ExecError AGENT_LOST when an agent with a higher fence has the workspace
 */
export async function refuseLowerFence(workspace: WithControl, fence: number): Promise<number> {
  const current = Number((await readIfThere(fileIn(workspace))) ?? 0);
  if (fence < current) throw new ExecError('AGENT_LOST', 'Another agent has taken this execution over.');
  return current;
}

function fileIn({ control }: WithControl): string {
  return join(control, 'fence');
}
