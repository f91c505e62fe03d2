import type { Transcript } from './transcript.ts';

/** What one execution may write to stdout and stderr. */
export interface LogLimits {
  readonly bytes: number;
  readonly lines: number;
}

/** How many of the next bytes are within the limits: a line beyond the last one allowed has none. */
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
