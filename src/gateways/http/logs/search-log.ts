const lineFeed = 0x0a;
// Text beside a hit that is shown with it, in bytes.
const contextBytes = 200;

export interface SearchOptions {
  readonly text: string;
  /** Letters of ASCII in any case. */
  readonly ignoreCase: boolean;
  /** Bytes to pass over; lines in them count. */
  readonly offset: number;
  /** Maximum number of hits. */
  readonly limit: number;
  /** Whether there is no more time. */
  readonly isOver: () => boolean;
}

export interface LogHit {
  /** Of the beginning of the hit, in bytes. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** The line around the hit, cut if it is long. */
  readonly text: string;
}

export interface SearchResult {
  readonly hits: readonly LogHit[];
  /** Where to continue; absent: all of it was searched. */
  readonly next?: number;
}

/** The lines that hold a text, each once. Memory does not grow with the log, nor with its lines. */
export async function searchLog(source: AsyncIterable<Uint8Array>, options: SearchOptions): Promise<SearchResult> {
  const { ignoreCase, limit, isOver } = options;
  const needle = folded(Buffer.from(options.text), ignoreCase);
  const hits: LogHit[] = [];
  const reserve = contextBytes + needle.length;
  // What was read: `bytes` begins at `start`, and is searched up to `from`. `line` is that of `counted`.
  let [start, bytes, from, counted, line] = [0, Buffer.alloc(0), 0, 0, 1];
  let isEnd = false;

  const countTo = (position: number) => {
    if (position <= counted) return;
    for (let at = bytes.indexOf(lineFeed, counted - start); at !== -1 && start + at < position; ) {
      line += 1;
      at = bytes.indexOf(lineFeed, at + 1);
    }
    counted = position;
  };
  /** Without the text that follows a hit, it waits for more. */
  const searchBytes = (): number | undefined => {
    const searched = folded(bytes, ignoreCase);
    const until = isEnd ? bytes.length : bytes.length - reserve;
    for (;;) {
      const at = searched.indexOf(needle, Math.max(from, options.offset) - start);
      if (at === -1 || at >= until) break;
      countTo(start + at);
      // A line that is longer than what is in memory may come again.
      if (hits.at(-1)?.line !== line)
        hits.push({ offset: start + at, line, text: lineAround(bytes, at, needle.length) });
      const end = bytes.indexOf(lineFeed, at + needle.length - 1);
      from = start + (end === -1 ? bytes.length : end + 1);
      if (hits.length === limit) return from;
    }
    from = Math.max(from, start + Math.max(0, until));
    // A search that had to pass over more than it had time for must not continue before where it began.
    return from > options.offset && isOver() ? from : undefined;
  };

  for await (const chunk of source) {
    const keep = Math.max(0, from - contextBytes - start);
    countTo(start + keep);
    bytes = Buffer.concat([bytes.subarray(keep), chunk]);
    start += keep;
    const next = searchBytes();
    if (next !== undefined) return { hits, next };
  }
  isEnd = true;
  const next = searchBytes();
  return hits.length === limit && next !== undefined && next < start + bytes.length ? { hits, next } : { hits };
}

function lineAround(bytes: Buffer, at: number, length: number): string {
  const before = at === 0 ? -1 : bytes.lastIndexOf(lineFeed, at - 1);
  const after = bytes.indexOf(lineFeed, at + length);
  const from = Math.max(before + 1, at - contextBytes);
  const to = Math.min(after === -1 ? bytes.length : after, at + length + contextBytes);
  return bytes.subarray(from, to).toString();
}

/** ASCII alone, so that no byte moves. */
function folded(bytes: Buffer, ignoreCase: boolean): Buffer {
  if (!ignoreCase) return bytes;
  const lower = Buffer.from(bytes);
  for (let at = 0; at < lower.length; at += 1) {
    const byte = lower[at] ?? 0;
    if (byte >= 0x41 && byte <= 0x5a) lower[at] = byte + 0x20;
  }
  return lower;
}
