import { StringDecoder } from 'node:string_decoder';
import { nextTurn } from '../time/next-turn.ts';

/** Converting this many characters or bytes takes a few milliseconds at most. */
const slice = 512 * 1024;

/** Texts up to this length are converted at once. */
export const smallText = 64 * 1024;

/** The text as UTF-8; others run while a long one is encoded. */
export async function encodeInTurns(text: string): Promise<Buffer> {
  if (text.length <= smallText) return Buffer.from(text);
  // A text that was just put together is copied into one piece when it is first read; making it has taken its time.
  await nextTurn();
  const pieces: Buffer[] = [];
  for (let from = 0; from < text.length; ) {
    const until = endOfSlice(text, from);
    pieces.push(Buffer.from(text.slice(from, until)));
    from = until;
    await nextTurn();
  }
  return joinInTurns(pieces);
}

/** All bytes in one piece; others run while many are copied. */
export async function joinInTurns(pieces: readonly Buffer[]): Promise<Buffer> {
  const joined = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0));
  let [at, copied] = [0, 0];
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += slice) {
      const some = piece.subarray(from, from + slice);
      joined.set(some, at);
      at += some.length;
      copied += some.length;
      if (copied < slice) continue;
      copied = 0;
      await nextTurn();
    }
  }
  return joined;
}

/** The text that is in UTF-8 in the bytes; others run while much is decoded. */
export async function decodeInTurns(bytes: Buffer): Promise<string> {
  if (bytes.length <= smallText) return bytes.toString();
  const decoder = new StringDecoder('utf8');
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; from += slice) {
    pieces.push(decoder.write(bytes.subarray(from, from + slice)));
    await nextTurn();
  }
  return pieces.join('') + decoder.end();
}

/** A pair of surrogates is one character of UTF-8. */
function endOfSlice(text: string, from: number): number {
  const until = Math.min(from + slice, text.length);
  const last = text.charCodeAt(until - 1);
  return until < text.length && last >= 0xd800 && last <= 0xdbff ? until + 1 : until;
}
