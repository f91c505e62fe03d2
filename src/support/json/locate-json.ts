import { endOfString } from './json.ts';

/** Where something is in a text; both count from 1, columns in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** @param offset index of a code unit */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.endsWith('\r') ? -1 : before.lastIndexOf('\r')) + 1;
  return { line: before.split(/\r\n|\n|\r/).length, column: offset - lineStart + 1 };
}

/**
 * The index of the value at a path, as far as the path exists: of the last part that does. Of a repeated key the last one counts.
 * @param text valid JSON
 */
export function offsetOf(text: string, path: readonly PropertyKey[]): number {
  let at = skipSpace(text, 0);
  for (const part of path) {
    const next = enter(text, at, part);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** The index of a part of the object or list that begins at `from`; undefined when it has none. */
function enter(text: string, from: number, part: PropertyKey): number | undefined {
  const close = { '{': '}', '[': ']' }[text[from] ?? ''];
  if (close === undefined) return undefined;
  let found: number | undefined;
  let at = skipSpace(text, from + 1);
  for (let index = 0; text[at] !== close && at < text.length; index += 1) {
    let key: unknown = index;
    if (close === '}') {
      const end = endOfString(text, at);
      key = JSON.parse(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    if (key === part) found = at;
    at = skipSpace(text, endOfValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

/** The index after the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (depth > 0 || !/[,\s]/.test(char)) continue;
    else return at;
    if (depth < 0) return at;
    if (depth === 0 && /["}\]]/.test(char)) return at + 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? 'x')) at += 1;
  return at;
}
