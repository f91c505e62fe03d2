import { StringDecoder } from 'node:string_decoder';
import { nextTurn } from '../time/next-turn.ts';

/** Converting this many characters or bytes takes a few milliseconds at most. */
const slice = 512 * 1024;

/** Texts up to this length are converted at once. */
export const smallText = 64 * 1024;

/** The text as UTF-8; others run while a long one is encoded. */
export async function encodeInTurns(text: string): Promise<Buffer> {
  if (text.length <= smallText) return Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let from = 0; from < text.length; ) {
    const until = endOfSlice(text, from);
    pieces.push(Buffer.from(text.slice(from, until)));
    from = until;
    await nextTurn();
  }
  return Buffer.concat(pieces);
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
