import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { errnoOf } from '../../support/exec-error.ts';

/** Names a process for good: its id may be given again, but not with the same time of its start. */
export const processMarkSchema = z.object({ pid: z.number(), started: z.string(), boot: z.string() });

export type ProcessMark = z.infer<typeof processMarkSchema>;

export async function ownMark(): Promise<ProcessMark> {
  return (await markOf(process.pid)) ?? { pid: process.pid, started: '', boot: await bootId() };
}

/** undefined: there is no such process. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  const [started, boot] = await Promise.all([startOf(pid), bootId()]);
  return started === undefined ? undefined : { pid, started, boot };
}

export async function isRunning({ pid, started, boot }: ProcessMark): Promise<boolean> {
  return boot === (await bootId()) && started === (await startOf(pid));
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** In clock ticks since the machine's start; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in front may hold anything, parentheses too.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}
