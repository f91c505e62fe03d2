import { StringDecoder } from 'node:string_decoder';
import { type BoundedPieces, createBoundedPieces, type Piece } from '../bounded-pieces.ts';
import { type CutText, cutText } from '../bounded-text.ts';

export interface LogOrigin {
  readonly source: 'stdout' | 'stderr' | 'agent';
  /** Epoch milliseconds. */
  readonly time: number;
}

/** Approximate bytes that the time and the source add to each line. */
const prefixBytes = 32;

/** Parts of a log. */
export function createLogPieces(limitBytes: number): BoundedPieces<LogOrigin> {
  const isSame = (a: LogOrigin, b: LogOrigin) => a.source === b.source && a.time === b.time;
  return createBoundedPieces({ limitBytes, isSame, overheadBytes: prefixBytes });
}

/**
 * Formats pieces as one log line per line of text: ISO time, source, text. A line in several pieces gets the time of the
 * first. The prefixes make the log longer than the output, so the middle of a long log is dropped here too.
 * @param limitBytes maximum size of the log
 */
export function formatLog(pieces: BoundedPieces<LogOrigin>, limitBytes: number): CutText {
  const { head, tail } = pieces.read();
  const omitted = pieces.omittedBytes();
  const first = linesOf(omitted === 0 ? [...head, ...tail] : head);
  const last = omitted === 0 ? first : linesOf(tail);
  const size = sizeOf(first);
  if (omitted === 0 && size <= limitBytes) return cutText(beginningOf(first, size), 0, empty);
  const half = Math.floor(limitBytes / 2);
  const beginning = beginningOf(first, half);
  const ending = endingOf(last, omitted === 0 ? Math.min(half, size - beginning.length) : half);
  const all = omitted === 0 ? size : size + sizeOf(last);
  return cutText(beginning, omitted + all - beginning.length - ending.length, ending);
}

const empty = Buffer.of();

/** Lines of one origin, that follow each other. */
interface Lines {
  readonly prefix: string;
  /** Without prefixes; ends with a line feed. */
  readonly text: string;
  /** With a prefix before each line. */
  readonly size: number;
}

function linesOf(pieces: readonly Piece<LogOrigin>[]): readonly Lines[] {
  const all: Lines[] = [];
  const begun = new Map<LogOrigin['source'], Begun>();
  for (const { origin, bytes } of pieces) {
    const { source, time } = origin;
    const line = begun.get(source) ?? { decoder: new StringDecoder('utf8'), since: time, text: '' };
    begun.set(source, line);
    const text = line.decoder.write(bytes);
    if (line.text === '') line.since = time;
    const [first, last] = [text.indexOf('\n') + 1, text.lastIndexOf('\n') + 1];
    if (first === 0) {
      line.text += text;
      continue;
    }
    all.push(linesFrom(source, line.since, line.text + text.slice(0, first)));
    if (last > first) all.push(linesFrom(source, time, text.slice(first, last)));
    line.text = text.slice(last);
    line.since = time;
  }
  for (const [source, { since, text }] of begun) if (text !== '') all.push(linesFrom(source, since, `${text}\n`));
  return all;
}

/** A line that is not complete yet. */
interface Begun {
  /** Decodes characters that are split between pieces. */
  readonly decoder: StringDecoder;
  since: number;
  text: string;
}

function linesFrom(source: string, time: number, text: string): Lines {
  const prefix = `${new Date(time).toISOString()} ${source} `;
  return { prefix, text, size: Buffer.byteLength(text) + countOf('\n', text) * prefix.length };
}

function countOf(character: string, text: string): number {
  const code = character.charCodeAt(0);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) === code) count += 1;
  return count;
}

function sizeOf(all: readonly Lines[]): number {
  return all.reduce((sum, { size }) => sum + size, 0);
}

/** Only what is wanted is written: the prefixes of a million lines have 30 MB. */
function beginningOf(all: readonly Lines[], bytes: number): Buffer {
  return Buffer.concat(formatUntil(all, bytes)).subarray(0, bytes);
}

function endingOf(all: readonly Lines[], bytes: number): Buffer {
  const ending = Buffer.concat(formatUntil(all.toReversed(), bytes).reverse());
  return ending.subarray(Math.max(0, ending.length - bytes));
}

function formatUntil(all: Iterable<Lines>, bytes: number): Buffer[] {
  const formatted: Buffer[] = [];
  let size = 0;
  for (const lines of all) {
    if (size >= bytes) break;
    formatted.push(formatLines(lines));
    size += lines.size;
  }
  return formatted;
}

function formatLines({ prefix, text }: Lines): Buffer {
  return Buffer.from(`${prefix}${text.slice(0, -1).replaceAll('\n', `\n${prefix}`)}\n`);
}
