import { type CutText, cutText, omissionMark } from './bounded-text.ts';

/**
 * Shortens a text until its JSON has at most `maxBytes`, by dropping more of the middle. Control characters, which some
 * output is full of, take six bytes each in JSON.
 */
export function shortenForJson(text: CutText, maxBytes: number): CutText {
  const whole = text.beginning.length + text.end.length;
  // JSON takes at most six bytes for one byte, and the mark is short.
  if ((whole + longestMark) * 6 <= maxBytes) return text;
  let kept = whole;
  for (let shortened = text; ; shortened = keepOf(text, kept)) {
    const cost = costOf(shortened);
    if (cost <= maxBytes || kept === 0) return shortened;
    kept = Math.floor(kept * Math.min(maxBytes / cost, largestStep));
  }
}

const longestMark = 64;

const quotes = 2;
const escapedFeed = 2;

/** Bytes of the JSON of the text with its mark. */
function costOf({ beginning, omittedBytes, end }: CutText): number {
  const mark = omittedBytes === 0 ? 0 : Buffer.byteLength(omissionMark(omittedBytes)) + 2 * escapedFeed;
  return quotes + costOfBytes(beginning) + mark + costOfBytes(end);
}

/** Each byte costs the same wherever it is, so that nothing has to be written to know it. */
function costOfBytes(bytes: Buffer): number {
  let cost = 0;
  for (const byte of bytes) cost += costs[byte] ?? 1;
  return cost;
}

const costs = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 ? JSON.stringify(String.fromCharCode(byte)).length - quotes : 1,
);

/** The kept parts may need more JSON per byte than the dropped ones, so one step is not always enough. */
const largestStep = 0.95;

function keepOf(text: CutText, kept: number): CutText {
  const half = Math.floor(kept / 2);
  const last = text.omittedBytes === 0 ? text.beginning : text.end;
  const beginning = text.beginning.subarray(0, half);
  const end = last.subarray(Math.max(text.omittedBytes === 0 ? half : 0, last.length - half));
  const left = text.beginning.length + text.end.length - beginning.length - end.length;
  return cutText(beginning, text.omittedBytes + left, end);
}
