import { nextTurn } from '../time/next-turn.ts';
import { decodeInTurns, encodeInTurns, joinInTurns, smallText } from './convert-in-turns.ts';
import type { Mask } from './mask.ts';

// Each of the values is searched for in it, and there may be many.
const slice = 16 * 1024;

/** As the mask's own `bytes`; others run while values are hidden in many of them. */
export async function maskInTurns(bytes: Buffer, mask: Pick<Mask, 'bytes' | 'stream'>): Promise<Buffer> {
  if (bytes.length <= slice) return mask.bytes(bytes);
  const stream = mask.stream();
  const masked: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += slice) {
    masked.push(stream.push(bytes.subarray(from, from + slice)));
    await nextTurn();
  }
  return joinInTurns([...masked, stream.end()]);
}

/** As the mask's own `text`. */
export async function maskTextInTurns(text: string, mask: Mask): Promise<string> {
  if (text.length <= smallText) return mask.text(text);
  if (mask.values.length === 0) return text;
  return decodeInTurns(await maskInTurns(await encodeInTurns(text), mask));
}
