import { isUtf8 } from 'node:buffer';

const slash = 0x2f;
const shownLength = 120;

/** True for bytes that name one entry of a directory and nothing else: not empty, `.` or `..`, no `/`, no NUL. */
export function isPlainName(name: Uint8Array): boolean {
  if (name.length === 0 || name.includes(slash) || name.includes(0)) return false;
  return !(name.every((byte) => byte === 0x2e) && name.length <= 2);
}

/** `a/b` → its parts as bytes; the empty path has none. */
export function partsOf(relative: string | Buffer): Buffer[] {
  const bytes = Buffer.from(relative);
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(slash); end !== -1; end = bytes.indexOf(slash, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  if (bytes.length > 0) parts.push(bytes.subarray(start));
  return parts;
}

export function joinParts(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.of(slash), part])));
}

/** The name as text, or undefined when it is not UTF-8. */
export function textOf(name: Buffer): string | undefined {
  return isUtf8(name) ? name.toString() : undefined;
}

/** A name for a message: what is not UTF-8 or would disturb a terminal is written `\xNN`, and long names are cut. */
export function showName(name: Buffer): string {
  const text = textOf(name) ?? escapeBytes(name, (byte) => byte < 0x20 || byte > 0x7e);
  const calm = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    escapeBytes(Buffer.from(character), () => true),
  );
  return calm.length <= shownLength ? calm : `${calm.slice(0, shownLength)}…`;
}

function escapeBytes(bytes: Buffer, mustEscape: (byte: number) => boolean): string {
  return [...bytes]
    .map((byte) => (mustEscape(byte) ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte)))
    .join('');
}
