import { createBoundedPieces } from './bounded-pieces.ts';

/** Text that keeps its beginning and its end and drops the middle above a limit. */
export interface BoundedText {
  append(text: string | Buffer): void;
  read(): CutText;
}

/** UTF-8 text with bytes missing between `beginning` and `end`. If none are missing, `end` is empty. */
export interface CutText {
  readonly beginning: Buffer;
  readonly omittedBytes: number;
  readonly end: Buffer;
}

/** @param limitBytes number of UTF-8 bytes to keep, half at the beginning and half at the end */
export function createBoundedText(limitBytes: number): BoundedText {
  const pieces = createBoundedPieces<undefined>({ limitBytes, isSame: () => true });
  return {
    append: (text) => pieces.append(undefined, Buffer.from(text)),
    read() {
      const { head, tail } = pieces.read();
      const [beginning = empty, end = empty] = [head, tail].map((part) =>
        Buffer.concat(part.map(({ bytes }) => bytes)),
      );
      return cutText(beginning, pieces.omittedBytes(), end);
    },
  };
}

const empty = Buffer.of();

/** A cut may split a character; the bytes of a split character count as missing. */
export function cutText(beginning: Buffer, omittedBytes: number, end: Buffer): CutText {
  if (omittedBytes === 0) return { beginning: Buffer.concat([beginning, end]), omittedBytes, end: empty };
  const until = lastBoundary(beginning);
  const from = firstBoundary(end);
  const remains = beginning.length - until + from;
  return { beginning: beginning.subarray(0, until), omittedBytes: omittedBytes + remains, end: end.subarray(from) };
}

/** Returns the text without its first bytes; bytes that are missing in its middle count. */
export function cutBefore({ beginning, omittedBytes, end }: CutText, bytes: number): CutText {
  if (bytes <= beginning.length) return { beginning: beginning.subarray(bytes), omittedBytes, end };
  const omitted = Math.max(0, omittedBytes - (bytes - beginning.length));
  const rest = end.subarray(Math.max(0, bytes - beginning.length - omittedBytes));
  return omitted === 0
    ? { beginning: rest, omittedBytes: 0, end: empty }
    : { beginning: empty, omittedBytes: omitted, end: rest };
}

/** Returns the text with a mark in place of the missing bytes that gives their exact number. */
export function joinCut({ beginning, omittedBytes, end }: CutText): string {
  if (omittedBytes === 0) return beginning.toString();
  return `${beginning}\n${omissionMark(omittedBytes)}\n${end}`;
}

/** The number is exact, so that a reader can compute the original size. */
export function omissionMark(omittedBytes: number): string {
  return `[… ${omittedBytes} bytes left out …]`;
}

const longestCharacter = 4;

/** Offset of the end of the last complete UTF-8 character. */
function lastBoundary(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(longestCharacter, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return lengthOf(byte) <= back ? bytes.length : bytes.length - back;
  }
  return bytes.length;
}

function firstBoundary(bytes: Buffer): number {
  let at = 0;
  while (at < Math.min(longestCharacter, bytes.length) && isContinuation(bytes[at] ?? 0)) at += 1;
  return at;
}

function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}

function lengthOf(firstByte: number): number {
  if (firstByte < 0b1100_0000) return 1;
  if (firstByte < 0b1110_0000) return 2;
  return firstByte < 0b1111_0000 ? 3 : 4;
}
