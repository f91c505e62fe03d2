/** Part of a longer text, with its properties. */
export interface Piece<Origin> {
  readonly origin: Origin;
  readonly bytes: Buffer;
}

/** A list of pieces that keeps its beginning and its end and drops the middle above a limit. */
export interface BoundedPieces<Origin> {
  append(origin: Origin, bytes: Buffer): void;
  /** Number of bytes dropped between the beginning and the end. */
  omittedBytes(): number;
  read(): { readonly head: readonly Piece<Origin>[]; readonly tail: readonly Piece<Origin>[] };
}

export interface PiecesOptions<Origin> {
  /** Number of bytes to keep, half at the beginning and half at the end. */
  readonly limitBytes: number;
  /** Whether two adjacent pieces may be merged. */
  readonly isSame: (a: Origin, b: Origin) => boolean;
  /** Cost of a piece in addition to its bytes. */
  readonly overheadBytes?: number;
}

interface Stored<Origin> {
  readonly origin: Origin;
  /** Buffer; the first `length` bytes are in use. */
  block: Buffer;
  length: number;
}

/** Size of the buffer that collects small pieces, because output can arrive one byte at a time. */
const blockBytes = 4096;

export function createBoundedPieces<Origin>(options: PiecesOptions<Origin>): BoundedPieces<Origin> {
  const { limitBytes, isSame, overheadBytes = 0 } = options;
  const half = Math.floor(limitBytes / 2);
  const head: Stored<Origin>[] = [];
  let tail: Stored<Origin>[] = [];
  /** Index of the first piece in `tail` that is not dropped. */
  let first = 0;
  let headCost = 0;
  let tailCost = 0;
  let omitted = 0;

  /** @returns what that costs */
  const addTo = (pieces: Stored<Origin>[], origin: Origin, bytes: Buffer): number => {
    const last = pieces.at(-1);
    if (last !== undefined && isSame(last.origin, origin) && last.length + bytes.length <= blockBytes) {
      if (last.block.length < blockBytes) last.block = Buffer.concat([last.block.subarray(0, last.length)], blockBytes);
      last.length += bytes.copy(last.block, last.length);
      return bytes.length;
    }
    pieces.push({ origin, block: bytes, length: bytes.length });
    return bytes.length + overheadBytes;
  };

  const trimTail = () => {
    for (let oldest = tail[first]; oldest !== undefined; oldest = tail[first]) {
      const cost = oldest.length + overheadBytes;
      if (tailCost - cost < half) break;
      first += 1;
      tailCost -= cost;
      omitted += oldest.length;
    }
    // Shifting a long array piece by piece would take time that grows with its square.
    if (first <= tail.length / 2) return;
    tail = tail.slice(first);
    first = 0;
  };

  /** Bytes of the oldest piece that lie beyond the half. */
  const excess = () => Math.min(Math.max(0, tailCost - half), tail[first]?.length ?? 0);

  return {
    append(origin, bytes) {
      const room = tail.length === 0 ? Math.max(half - headCost, 0) : 0;
      const forHead = bytes.subarray(0, room);
      if (forHead.length > 0) headCost += addTo(head, origin, forHead);
      const rest = bytes.subarray(forHead.length);
      if (rest.length === 0) return;
      tailCost += addTo(tail, origin, rest);
      trimTail();
    },
    omittedBytes: () => omitted + excess(),
    read() {
      const [oldest, ...rest] = tail.slice(first).map(pieceOf);
      if (oldest === undefined) return { head: head.map(pieceOf), tail: [] };
      const kept = { ...oldest, bytes: oldest.bytes.subarray(excess()) };
      return { head: head.map(pieceOf), tail: [kept, ...rest] };
    },
  };
}

function pieceOf<Origin>({ origin, block, length }: Stored<Origin>): Piece<Origin> {
  return { origin, bytes: block.subarray(0, length) };
}
