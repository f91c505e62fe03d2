const headEnd = Buffer.from('\r\n\r\n');

/** The head of a message as text, with the line end of its last line, and its length with the empty line after it. */
export interface FoundHead {
  readonly text: string;
  readonly length: number;
}

/** @returns undefined when its end has not come */
export function findHead(bytes: Buffer, maxBytes: number): FoundHead | 'too long' | undefined {
  const end = bytes.indexOf(headEnd);
  if ((end < 0 ? bytes.length : end) > maxBytes) return 'too long';
  if (end < 0) return undefined;
  return { text: bytes.toString('latin1', 0, end + 2), length: end + headEnd.length };
}
