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
  const lines = omitted === 0 ? formatPieces([...head, ...tail]) : formatPieces(head);
  const end = omitted === 0 ? empty : formatPieces(tail);
  if (omitted === 0 && lines.length <= limitBytes) return cutText(lines, 0, empty);
  const half = Math.floor(limitBytes / 2);
  const rest = omitted === 0 ? lines.subarray(half) : end;
  const beginning = lines.subarray(0, half);
  const ending = rest.subarray(Math.max(0, rest.length - half));
  const cut = (omitted === 0 ? 0 : lines.length - beginning.length) + rest.length - ending.length;
  return cutText(beginning, omitted + cut, ending);
}

const empty = Buffer.of();

function formatPieces(pieces: readonly Piece<LogOrigin>[]): Buffer {
  const texts: string[] = [];
  const begun = new Map<LogOrigin['source'], Begun>();
  for (const { origin, bytes } of pieces) {
    const { source, time } = origin;
    const line = begun.get(source) ?? { decoder: new StringDecoder('utf8'), since: time, text: '' };
    begun.set(source, line);
    const [first = '', ...more] = line.decoder.write(bytes).split('\n');
    if (line.text === '') line.since = time;
    line.text += first;
    const last = more.pop();
    if (last === undefined) continue;
    texts.push(formatLines(source, line.since, [line.text]), formatLines(source, time, more));
    line.text = last;
    line.since = time;
  }
  for (const [source, { since, text }] of begun) if (text !== '') texts.push(formatLines(source, since, [text]));
  return Buffer.from(texts.join(''));
}

/** A line that is not complete yet. */
interface Begun {
  /** Decodes characters that are split between pieces. */
  readonly decoder: StringDecoder;
  since: number;
  text: string;
}

/** Does nothing but join per line, because a container can write a million lines at once. */
function formatLines(source: string, time: number, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const prefix = `${new Date(time).toISOString()} ${source} `;
  return `${prefix}${lines.join(`\n${prefix}`)}\n`;
}
