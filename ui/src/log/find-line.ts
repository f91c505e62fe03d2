import type { LogPart } from '../api/logs.ts';

export interface LineSearch {
  readonly line: number;
  /** Bytes of the whole output, and of one part. */
  readonly size: number;
  readonly partBytes: number;
  /** The part that is known already. */
  readonly end: LogPart;
  readonly readPart: (offset: number) => Promise<LogPart>;
  /** Aborted once the reader looks elsewhere. */
  readonly signal: AbortSignal;
}

// Each look narrows down where the line is; lines of very unequal lengths take more of them.
const mostLooks = 24;

/** Where a part of a long output begins that has the line, in bytes; undefined when no part has it, or after an abort. */
export async function findLine({
  line,
  size,
  partBytes,
  end,
  readPart,
  signal,
}: LineSearch): Promise<number | undefined> {
  if (line >= end.firstLine + end.lines.length) return undefined;
  // The line begins at or behind `low`, where the line `lowLine` begins, and before `high`.
  let [low, lowLine, high, highLine] = [0, 1, end.to, end.firstLine + end.lines.length];
  for (let look = 0; look < mostLooks && low < high; look += 1) {
    const share = (line - lowLine) / Math.max(1, highLine - lowLine);
    // Every other look halves what is left, so that one long line cannot hold the search up.
    const guess = look % 2 === 0 ? low + (high - low) * share : (low + high) / 2;
    const offset = Math.max(0, Math.min(Math.floor(guess - partBytes / 2), size - partBytes));
    const part = await readPart(offset);
    if (signal.aborted) return undefined;
    const behind = part.firstLine + part.lines.length;
    if (part.firstLine <= line && line < behind) return offset;
    if (line < part.firstLine) [high, highLine] = [part.from, part.firstLine];
    else [low, lowLine] = [part.to, behind];
  }
  return undefined;
}
