import type { ValueMask } from './mask-json.ts';

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
// A line of a longer value is told by itself when it has at least this many bytes.
const shortestLine = 8;

/** @param values to be covered, wherever they stand; of those with several lines, also the lines */
export function createMask(values: readonly Buffer[]): Mask {
  const needles = needlesOf(values);
  const bytes = (whole: Buffer) => (needles.length === 0 ? whole : maskBefore(whole, whole.length, needles).masked);
  return {
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

/** Longest first, so that a value is covered whole although another one is a part of it. */
function needlesOf(values: readonly Buffer[]): readonly Buffer[] {
  const texts = values.flatMap((value) => {
    const text = value.toString('latin1');
    const trimmed = text.replace(/[\r\n]+$/, '');
    const lines = trimmed.split(/\r?\n/).filter((line) => line.length >= shortestLine);
    return trimmed.length < shortestMasked ? [] : [trimmed, ...lines];
  });
  return [...new Set(texts)].map((text) => Buffer.from(text, 'latin1')).toSorted((a, b) => b.length - a.length);
}

/** Covers every value that begins before the position; what follows after the last of them, from there on, is the rest. */
function maskBefore(all: Buffer, position: number, needles: readonly Buffer[]) {
  const pieces: Buffer[] = [];
  let from = 0;
  for (;;) {
    const found = firstOf(all, from, needles);
    if (found === undefined || found.at >= position) break;
    pieces.push(all.subarray(from, found.at), cover);
    from = found.at + found.length;
  }
  const end = Math.max(from, position);
  pieces.push(all.subarray(from, end));
  return { masked: Buffer.concat(pieces), rest: all.subarray(end) };
}

function firstOf(all: Buffer, from: number, needles: readonly Buffer[]) {
  let first: { readonly at: number; readonly length: number } | undefined;
  for (const needle of needles) {
    const at = all.indexOf(needle, from);
    if (at !== -1 && (first === undefined || at < first.at)) first = { at, length: needle.length };
  }
  return first;
}

/** Where the end of the bytes may be the beginning of a value. */
function openFrom(all: Buffer, needles: readonly Buffer[]): number {
  let open = all.length;
  for (const needle of needles) {
    let at = Math.max(0, all.length - needle.length + 1);
    for (
      at = all.indexOf(needle.subarray(0, 1), at);
      at !== -1 && at < open;
      at = all.indexOf(needle.subarray(0, 1), at + 1)
    )
      if (all.subarray(at).equals(needle.subarray(0, all.length - at))) open = at;
  }
  return open;
}
