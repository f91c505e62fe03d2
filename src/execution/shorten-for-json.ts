import { joinAround } from './bounded-text.ts';

/**
 * Text whose JSON has at most that many bytes: control characters, of which some output is full, take six bytes each there.
 * The middle is left out where it is too long.
 */
export function shortenForJson(text: string, maxBytes: number): string {
  // Nothing takes more than six bytes for one.
  if (text.length * 6 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let kept = bytes.length;
  for (let shortened = text; ; shortened = around(bytes, kept)) {
    const cost = Buffer.byteLength(JSON.stringify(shortened));
    if (cost <= maxBytes || kept === 0) return shortened;
    kept = Math.floor(kept * Math.min(maxBytes / cost, largestStep));
  }
}

/** The parts that are kept may be dearer than the rest, so that one step is not always enough. */
const largestStep = 0.95;

function around(bytes: Buffer, kept: number): string {
  const half = Math.floor(kept / 2);
  return joinAround(bytes.subarray(0, half), bytes.length - 2 * half, bytes.subarray(bytes.length - half));
}
