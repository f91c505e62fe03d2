import { type CutText, cutText, joinCut } from './bounded-text.ts';

/**
 * A text whose JSON has at most that many bytes: control characters, of which some output is full, take six bytes each there.
 * More of the middle is left out where it is too long.
 */
export function shortenForJson(text: CutText, maxBytes: number): CutText {
  const whole = text.beginning.length + text.end.length;
  // Nothing takes more than six bytes for one, and the mark is short.
  if ((whole + longestMark) * 6 <= maxBytes) return text;
  let kept = whole;
  for (let shortened = text; ; shortened = keepOf(text, kept)) {
    const cost = Buffer.byteLength(JSON.stringify(joinCut(shortened)));
    if (cost <= maxBytes || kept === 0) return shortened;
    kept = Math.floor(kept * Math.min(maxBytes / cost, largestStep));
  }
}

const longestMark = 64;

/** The parts that are kept may be dearer than the rest, so that one step is not always enough. */
const largestStep = 0.95;

function keepOf(text: CutText, kept: number): CutText {
  const half = Math.floor(kept / 2);
  const last = text.omittedBytes === 0 ? text.beginning : text.end;
  const beginning = text.beginning.subarray(0, half);
  const end = last.subarray(Math.max(text.omittedBytes === 0 ? half : 0, last.length - half));
  const left = text.beginning.length + text.end.length - beginning.length - end.length;
  return cutText(beginning, text.omittedBytes + left, end);
}
