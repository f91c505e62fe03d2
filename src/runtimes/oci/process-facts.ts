import { errnoOf } from '../../support/exec-error.ts';
import { readIfThere } from '../../support/files/read-if-there.ts';

/** A process as the kernel knows it; the start time tells it from a later one with the same pid. */
export interface ProcessFacts {
  readonly pid: number;
  readonly state: string;
  /** Clock ticks since boot. */
  readonly startTime: string;
}

// Fields of /proc/<pid>/stat, counted after the name, which may itself hold spaces and parentheses.
const stateField = 0;
const startTimeField = 19;

/** Reads a line of /proc/<pid>/stat; undefined when it is incomplete. */
export function parseProcessStat(line: string): ProcessFacts | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const state = fields[stateField];
  const startTime = fields[startTimeField];
  if (Number.isNaN(pid) || state === undefined || startTime === undefined) return undefined;
  return { pid, state, startTime };
}

/** Whether that very process still runs; a zombie does not. */
export async function isRunning(process: ProcessFacts): Promise<boolean> {
  const line = await readIfThere(`/proc/${process.pid}/stat`);
  const now = line === undefined ? undefined : parseProcessStat(line);
  return now !== undefined && now.startTime === process.startTime && now.state !== 'Z' && now.state !== 'X';
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
