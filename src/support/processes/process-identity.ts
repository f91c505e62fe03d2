import { readFile } from 'node:fs/promises';

/**
 * When the process started, in clock ticks since boot: with its pid it names a process for good, since pids are used again.
 * undefined: there is no such process. See proc(5).
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
