import type { Problem } from '../../problem.ts';
import { parseRequestHead, type RequestHead, tooLarge } from './parse-request-head.ts';

const headEnd = Buffer.from('\r\n\r\n');

/**
 * The head that bytes begin with, and its length with the empty line that ends it.
 * @returns undefined when its end has not come
 */
export function takeHead(
  bytes: Buffer,
  { headBytes, headerLines }: { readonly headBytes: number; readonly headerLines: number },
): { readonly head: RequestHead; readonly length: number } | Problem | undefined {
  const end = bytes.indexOf(headEnd);
  if ((end < 0 ? bytes.length : end) > headBytes)
    return tooLarge(`The request line and headers are longer than ${headBytes} bytes.`);
  if (end < 0) return undefined;
  const head = parseRequestHead(bytes.toString('latin1', 0, end + 2), headerLines);
  return 'code' in head ? head : { head, length: end + headEnd.length };
}
