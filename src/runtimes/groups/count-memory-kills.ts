import { readFile } from 'node:fs/promises';

/** How often the kernel of this host has killed a process for memory; undefined: it does not say. */
export async function countMemoryKills(): Promise<number | undefined> {
  const [, kills] = /^oom_kill (\d+)$/m.exec(await readFile('/proc/vmstat', 'utf8')) ?? [];
  return kills === undefined ? undefined : Number(kills);
}
