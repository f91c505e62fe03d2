import { formatBytes } from '../support/bytes.ts';
import { createBoundedPieces } from './bounded-pieces.ts';

/** Text that keeps its beginning and its end and leaves out the middle once it is longer than the limit. */
export interface BoundedText {
  append(text: string | Buffer): void;
  toString(): string;
  /** Bytes that were left out. */
  omittedBytes(): number;
}

/** @param limitBytes what is kept of the UTF-8 text, half of it for the beginning and half for the end */
export function createBoundedText(limitBytes: number): BoundedText {
  const pieces = createBoundedPieces<undefined>({ limitBytes, isSame: () => true });
  return {
    append: (text) => pieces.append(undefined, Buffer.from(text)),
    omittedBytes: pieces.omittedBytes,
    toString() {
      const { head, tail } = pieces.read();
      const [beginning, end] = [head, tail].map((part) => Buffer.concat(part.map(({ bytes }) => bytes)));
      return joinAround(beginning ?? empty, pieces.omittedBytes(), end ?? empty);
    },
  };
}

const empty = Buffer.of();

/** The beginning and the end of a text, with a mark between them when bytes are missing there. */
export function joinAround(beginning: Buffer, omittedBytes: number, end: Buffer): string {
  if (omittedBytes === 0) return Buffer.concat([beginning, end]).toString();
  return `${wholeCharacters(beginning)}\n[… ${formatBytes(omittedBytes)} left out …]\n${wholeCharacters(end)}`;
}

/** A cut may fall inside a character; its remains are dropped. */
function wholeCharacters(bytes: Buffer): string {
  return bytes.toString().replace(/^\uFFFD{1,3}|\uFFFD{1,3}$/g, '');
}
