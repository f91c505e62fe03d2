import { readFile, statfs } from 'node:fs/promises';
import { formatBytes } from '../../support/text/bytes.ts';

export interface ShortageOptions {
  /** Where workspaces are made. */
  readonly workDir: string;
  readonly minFreeDisk: number;
  readonly minFreeMemory: number;
  /** How long a result is cached, in milliseconds. */
  readonly holdMs: number;
}

/** Returns a sentence that names what the host is short of; undefined: nothing. */
export function createShortageWatch(options: ShortageOptions): () => Promise<string | undefined> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let shortage: string | undefined;
  return async () => {
    if (performance.now() - lookedAt < options.holdMs) return shortage;
    lookedAt = performance.now();
    shortage = (await shortOfDisk(options)) ?? (await shortOfMemory(options));
    return shortage;
  };
}

async function shortOfDisk({ workDir, minFreeDisk }: ShortageOptions): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(workDir);
  const free = bavail * bsize;
  if (free >= minFreeDisk) return undefined;
  return `${formatBytes(free)} free in ${workDir}, at least ${formatBytes(minFreeDisk)} are wanted (EXEC_MIN_FREE_DISK)`;
}

async function shortOfMemory({ minFreeMemory }: ShortageOptions): Promise<string | undefined> {
  const available = await availableMemory();
  if (available >= minFreeMemory) return undefined;
  return `${formatBytes(available)} of memory available, at least ${formatBytes(minFreeMemory)} are wanted (EXEC_MIN_FREE_MEMORY)`;
}

/** In bytes; infinite when the kernel does not report it. */
export async function availableMemory(): Promise<number> {
  const facts = await readFile('/proc/meminfo', 'utf8');
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(facts)?.[1] ?? Number.POSITIVE_INFINITY) * 1024;
}
