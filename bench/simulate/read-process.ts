import { readFile } from 'node:fs/promises';

// What `getconf CLK_TCK` is on every Linux.
const ticksPerSecond = 100;

/** Processor time and resident memory of a process. */
export async function readProcess(pid: number): Promise<{ readonly cpuSeconds: number; readonly residentMb: number }> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name of the program is in parentheses and may contain any byte.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentMb: (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6,
  };
}
