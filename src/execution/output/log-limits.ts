import type { Transcript } from './transcript.ts';

/** Limits on what one execution writes to stdout and stderr. */
export interface LogLimits {
  readonly bytes: number;
  readonly lines: number;
}

/** Returns how many of the next bytes are within the limits. A line above the line limit has none. */
export function withinLimits(
  data: Uint8Array,
  limits: LogLimits,
  written: Pick<Transcript, 'writtenBytes' | 'writtenLines'>,
): number {
  const most = Math.min(data.length, Math.max(0, limits.bytes - written.writtenBytes()));
  let lines = limits.lines - written.writtenLines();
  if (lines <= 0) return 0;
  for (let at = data.indexOf(lineFeed); at !== -1 && at < most; at = data.indexOf(lineFeed, at + 1)) {
    lines -= 1;
    if (lines === 0) return at + 1;
  }
  return most;
}

const lineFeed = 0x0a;
