import { readKernelFile } from '../../support/files/read-kernel-file.ts';

/** How often the kernel of this host has killed a process for memory; undefined: it does not say. */
export function countMemoryKills(): number | undefined {
  const [, kills] = /^oom_kill (\d+)$/m.exec(readKernelFile('/proc/vmstat') ?? '') ?? [];
  return kills === undefined ? undefined : Number(kills);
}
