import type { Problem } from '../../problem.ts';
import { findHead } from './find-head.ts';
import { parseRequestHead, type RequestHead, tooLarge } from './parse-request-head.ts';

/**
 * The head that bytes begin with, and its length with the empty line that ends it.
 * @returns undefined when its end has not come
 */
export function takeHead(
  bytes: Buffer,
  { headBytes, headerLines }: { readonly headBytes: number; readonly headerLines: number },
): { readonly head: RequestHead; readonly length: number } | Problem | undefined {
  const found = findHead(bytes, headBytes);
  if (found === 'too long') return tooLarge(`The request line and headers are longer than ${headBytes} bytes.`);
  if (found === undefined) return undefined;
  const head = parseRequestHead(found.text, headerLines);
  return 'code' in head ? head : { head, length: found.length };
}
