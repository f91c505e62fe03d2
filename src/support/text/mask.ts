import type { ValueMask } from '../json/mask-json.ts';

/** Takes values out of what passes through. */
export interface Mask extends ValueMask {
  /** For bytes that come in pieces: a value is found also where it is cut. */
  stream(): MaskStream;
}

export interface MaskStream {
  /** What can be said for sure by now; the beginning of what may be a value is held back. */
  push(bytes: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
}

const cover = Buffer.from('***');
/** Shorter values would be found everywhere. */
export const shortestMasked = 4;
// A line of a longer value is masked by itself when it has at least this many bytes.
const shortestLine = 8;

/** @param values to be covered, wherever they stand; of those with several lines, also the lines */
export function createMask(values: readonly Buffer[]): Mask {
  const needles = needlesOf(values);
  const bytes = (whole: Buffer) => (needles.length === 0 ? whole : maskBefore(whole, whole.length, needles).masked);
  return {
    values,
    text: (text) => (needles.length === 0 ? text : bytes(Buffer.from(text)).toString()),
    bytes,
    stream() {
      let held = Buffer.alloc(0);
      return {
        push(more) {
          if (needles.length === 0) return more;
          const all = Buffer.concat([held, more]);
          const { masked, rest } = maskBefore(all, openFrom(all, needles), needles);
          held = Buffer.from(rest);
          return masked;
        },
        end() {
          const last = bytes(held);
          held = Buffer.alloc(0);
          return last;
        },
      };
    },
  };
}

/** A value to be found. */
export interface Needle {
  readonly bytes: Buffer;
  readonly borders: Uint32Array;
}

/** Longest first, so that a value is covered whole although another one is a part of it. */
export function needlesOf(values: readonly Buffer[]): readonly Needle[] {
  const texts = values.flatMap((value) => {
    const text = value.toString('latin1');
    const trimmed = text.replace(/[\r\n]+$/, '');
    const lines = trimmed.split(/\r?\n/).filter((line) => line.length >= shortestLine);
    return trimmed.length < shortestMasked ? [] : [trimmed, ...lines];
  });
  return [...new Set(texts)]
    .map((text) => Buffer.from(text, 'latin1'))
    .toSorted((a, b) => b.length - a.length)
    .map((bytes) => ({ bytes, borders: bordersOf(bytes) }));
}

/** Covers every value that begins before the position; what follows after the last of them, from there on, is the rest. */
function maskBefore(all: Buffer, position: number, needles: readonly Needle[]) {
  const pieces: Buffer[] = [];
  const next = needles.map((needle) => ({ needle, at: -1 }));
  let from = 0;
  for (;;) {
    const found = firstOf(all, from, next);
    if (found === undefined || found.at >= position) break;
    pieces.push(all.subarray(from, found.at), cover);
    from = found.at + found.needle.bytes.length;
  }
  const end = Math.max(from, position);
  pieces.push(all.subarray(from, end));
  return { masked: Buffer.concat(pieces), rest: all.subarray(end) };
}

interface NextPlace {
  readonly needle: Needle;
  /** Where the value stands next; before the place that is asked for, it has to be looked up anew. */
  at: number;
}

/** Each value is looked up again only behind the place where it was last seen, so that no byte is searched twice for it. */
function firstOf(all: Buffer, from: number, next: readonly NextPlace[]): NextPlace | undefined {
  let first: NextPlace | undefined;
  for (const place of next) {
    if (place.at < from) {
      const at = all.indexOf(place.needle.bytes, from);
      place.at = at === -1 ? Number.POSITIVE_INFINITY : at;
    }
    if (place.at < (first?.at ?? Number.POSITIVE_INFINITY)) first = place;
  }
  return first;
}

/** Where the end of the bytes may be the beginning of a value. */
function openFrom(all: Buffer, needles: readonly Needle[]): number {
  return all.length - Math.max(0, ...needles.map((needle) => longestOpen(all, needle)));
}

/** How many bytes at the end are the beginning of the value: the search of Knuth, Morris and Pratt over the end. */
export function longestOpen(all: ArrayLike<number>, { bytes, borders }: Needle): number {
  let matched = 0;
  for (let at = Math.max(0, all.length - bytes.length + 1); at < all.length; at += 1) {
    while (matched > 0 && bytes[matched] !== all[at]) matched = borders[matched - 1] ?? 0;
    if (bytes[matched] === all[at]) matched += 1;
  }
  return matched;
}

/** For each beginning of the value, how long the longest shorter beginning is that it ends with. */
function bordersOf(bytes: Buffer): Uint32Array {
  const borders = new Uint32Array(bytes.length);
  let matched = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    while (matched > 0 && bytes[matched] !== bytes[at]) matched = borders[matched - 1] ?? 0;
    if (bytes[matched] === bytes[at]) matched += 1;
    borders[at] = matched;
  }
  return borders;
}
