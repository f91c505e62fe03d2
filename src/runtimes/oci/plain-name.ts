import { createHash } from 'node:crypto';

const plain = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const hashLength = 32;

/** A part of a path for any text: the text itself where it is plain, else its hash. */
export function plainName(text: string): string {
  if (plain.test(text)) return text;
  return `x${createHash('sha256').update(text).digest('hex').slice(0, hashLength)}`;
}
