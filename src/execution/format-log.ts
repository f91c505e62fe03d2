import { StringDecoder } from 'node:string_decoder';
import { type BoundedPieces, createBoundedPieces, type Piece } from './bounded-pieces.ts';
import { type CutText, cutText } from './bounded-text.ts';

export interface LogOrigin {
  readonly source: 'stdout' | 'stderr' | 'agent';
  /** Epoch milliseconds. */
  readonly time: number;
}

/** About what time and source add to each line. */
const prefixBytes = 32;

/** What a log is made of. */
export function createLogPieces(limitBytes: number): BoundedPieces<LogOrigin> {
  const isSame = (a: LogOrigin, b: LogOrigin) => a.source === b.source && a.time === b.time;
  return createBoundedPieces({ limitBytes, isSame, overheadBytes: prefixBytes });
}

/**
 * One line for each line of the pieces: ISO time, source, text. A line that came in several pieces has the time of the
 * first. Lines make a log longer than what was written, so of a long one the middle is left out here too.
 * @param limitBytes of the log
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

/** A line of which the end has not come yet. */
interface Begun {
  /** A character can be cut in two as well. */
  readonly decoder: StringDecoder;
  since: number;
  text: string;
}

/** A container can write a million lines at a time, so nothing is done for each of them but joining. */
function formatLines(source: string, time: number, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const prefix = `${new Date(time).toISOString()} ${source} `;
  return `${prefix}${lines.join(`\n${prefix}`)}\n`;
}
