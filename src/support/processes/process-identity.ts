import { errnoOf } from '../exec-error.ts';
import { readKernelFile } from '../files/read-kernel-file.ts';

/** Names a process for good: its pid is given again, but not with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: string;
}

export interface ProcessStat extends ProcessIdentity {
  /** One letter, as in proc(5). */
  readonly state: string;
}

// Fields of /proc/<pid>/stat, counted after the name, which may itself hold spaces and parentheses.
const stateField = 0;
const startTimeField = 19;

/** Reads a line of /proc/<pid>/stat; undefined when it is incomplete. */
export function parseProcessStat(line: string): ProcessStat | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = fields[stateField];
  const startTime = fields[startTimeField];
  if (Number.isNaN(pid) || state === undefined || startTime === undefined) return undefined;
  return { pid, state, startTime };
}

/** @returns undefined when there is no such process */
export function readProcess(pid: number): ProcessStat | undefined {
  return parseProcessStat(readKernelFile(`/proc/${pid}/stat`) ?? '');
}

/** Whether that very process still runs; a zombie does not. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const now = readProcess(pid);
  return now !== undefined && now.startTime === startTime && now.state !== 'Z' && now.state !== 'X';
}

/** Sends a signal; false when there is no such process. A negative pid means its group. */
export function signalProcess(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}
