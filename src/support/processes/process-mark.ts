import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isRunning, readProcess } from './process-identity.ts';

/** The identity of a process as it is stored, also past a restart of the host. */
export const processMarkSchema = z.object({
  pid: z.number(),
  started: z.string(),
  boot: z.string(),
  /** The PID namespace of the pid; absent: that of the process that reads the mark. */
  namespace: z.string().optional(),
  /** The name by which it proves that it lives, see `owners.ts`. */
  beacon: z.string().optional(),
});

export type ProcessMark = z.infer<typeof processMarkSchema>;

export async function ownMark(): Promise<ProcessMark> {
  return (await markOf(process.pid)) ?? { pid: process.pid, started: '', boot: await bootId() };
}

/** undefined: there is no such process. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  const [found, boot] = await Promise.all([readProcess(pid), bootId()]);
  return found === undefined ? undefined : { pid, started: found.startTime, boot };
}

/** Whether the marked process still runs. */
export async function isAlive({ pid, started, boot }: ProcessMark): Promise<boolean> {
  return boot === (await bootId()) && isRunning({ pid, startTime: started });
}

/** Another one after each restart of the host. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
