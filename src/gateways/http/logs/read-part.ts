import { countLines } from '../../../support/text/count-lines.ts';

const lineFeed = 0x0a;

export interface LogPart {
  /** Bytes before the part, and line feeds in them. */
  readonly offset: number;
  readonly linesBefore: number;
  /** Ends, or fails as the source does. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the source up to the offset, counting lines, and hands on what follows.
 * @param limit maximum number of bytes; absent: to the end
 */
export async function readPart(source: AsyncIterable<Uint8Array>, offset: number, limit?: number): Promise<LogPart> {
  const chunks = source[Symbol.asyncIterator]();
  let [at, linesBefore] = [0, 0];
  let first: Uint8Array = empty;
  while (at < offset) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    const skipped = Math.min(value.length, offset - at);
    linesBefore += countLines(value.subarray(0, skipped));
    at += skipped;
    first = value.subarray(skipped);
  }
  return { offset: at, linesBefore, body: upTo(first, chunks, limit ?? Number.POSITIVE_INFINITY) };
}

const empty = new Uint8Array();

async function* upTo(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array, void> {
  let left = limit;
  try {
    for (let chunk = first; left > 0; ) {
      const taken = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= taken.length;
      if (taken.length > 0) yield taken;
      if (left === 0) return;
      const next = await chunks.next();
      if (next.done === true) return;
      chunk = next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** Where the last lines of a source begin, in bytes. A last line without a line feed counts. */
export async function findTail(source: AsyncIterable<Uint8Array>, lines: number): Promise<number> {
  // One more: the line feed before the first of them.
  const ends = new Float64Array(lines + 1);
  let [count, at, last] = [0, 0, lineFeed];
  for await (const chunk of source) {
    for (let index = chunk.indexOf(lineFeed); index !== -1; index = chunk.indexOf(lineFeed, index + 1)) {
      ends[count % ends.length] = at + index + 1;
      count += 1;
    }
    at += chunk.length;
    last = chunk.at(-1) ?? last;
  }
  const wanted = last === lineFeed ? lines + 1 : lines;
  return count < wanted ? 0 : (ends[(count - wanted) % ends.length] ?? 0);
}

/** A log whose size and number of lines are known, and which can be read from any byte on. */
export interface CountedLog {
  readonly size: number;
  /** Line feeds in it. */
  readonly lines: number;
  openAt(offset: number): Promise<AsyncIterable<Uint8Array>>;
}

// What is read into memory to count its lines from the end.
const mostFromEnd = 4 * 1024 ** 2;

/** As {@link readPart}, of a part near the end: what is before it is not read. Undefined for a part that is further away. */
export async function readPartFromEnd(log: CountedLog, offset: number, limit?: number): Promise<LogPart | undefined> {
  if (log.size - offset > mostFromEnd) return undefined;
  const rest = await readRest(log, offset);
  const wanted = rest.subarray(0, limit);
  return { offset, linesBefore: log.lines - countLines(rest), body: only(wanted) };
}

/** As {@link findTail}; undefined where the lines begin further away from the end than is read at once. */
export async function findTailFromEnd(log: CountedLog, lines: number): Promise<number | undefined> {
  const offset = Math.max(0, log.size - mostFromEnd);
  const rest = await readRest(log, offset);
  const found = await findTail(only(rest), lines);
  return found === 0 && offset > 0 ? undefined : offset + found;
}

async function readRest(log: CountedLog, offset: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await log.openAt(offset)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
