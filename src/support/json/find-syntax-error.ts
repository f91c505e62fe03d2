import { messageOf } from '../exec-error.ts';
import { isTooDeep } from './json.ts';
import { positionAt, type TextPosition } from './locate-json.ts';

interface Scan {
  readonly text: string;
  at: number;
  /** What should be there instead. */
  expected: string;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;
const word = /true|false|null/y;
// Of a text, what is neither its end nor an escape nor a control character.
const plainText = /[^"\\\p{Cc}]+|[\u007f-\u009f]+/uy;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const longestShown = 20;

/**
 * Where a text stops being JSON, and what is expected there: `line 3, column 5: expected "," or "]", found "x"`.
 * @param text nested no deeper than `parseJson` allows
 * @returns undefined for a text that is JSON
 */
export function findSyntaxError(text: string): string | undefined {
  const scan: Scan = { text, at: 0, expected: '' };
  skip(scan, space);
  if (readValue(scan) && isAtEnd(scan)) return undefined;
  const { line, column }: TextPosition = positionAt(text, scan.at);
  const found = scan.at >= text.length ? 'the text ends' : `found ${foundAt(text, scan.at)}`;
  return `line ${line}, column ${column}: expected ${scan.expected}, ${found}`;
}

/** Why a text was refused, by its parser only where the text is JSON after all, such as one that is nested too deep. */
export function syntaxError(text: string, error: unknown): string {
  return isTooDeep(text) ? messageOf(error) : (findSyntaxError(text) ?? messageOf(error));
}

function foundAt(text: string, at: number): string {
  const shown = /^(?:[\w.+-]+|.)/su.exec(text.slice(at, at + longestShown))?.[0] ?? '';
  return JSON.stringify(shown);
}

function isAtEnd(scan: Scan): boolean {
  skip(scan, space);
  scan.expected = 'nothing after the value';
  return scan.at >= scan.text.length;
}

/** Leaves the scan after the value; false where it is wrong, then there. */
function readValue(scan: Scan): boolean {
  const char = scan.text[scan.at];
  if (char === '{') return readMembers(scan, '}');
  if (char === '[') return readMembers(scan, ']');
  if (char === '"') return readString(scan);
  if (skip(scan, word) || skip(scan, number)) return true;
  scan.expected = 'a value';
  return false;
}

function readMembers(scan: Scan, close: '}' | ']'): boolean {
  const isObject = close === '}';
  scan.at += 1;
  skip(scan, space);
  if (take(scan, close)) return true;
  for (let isFirst = true; ; isFirst = false) {
    if (isObject && !readName(scan, isFirst)) return false;
    if (!readValue(scan)) return expectToo(scan, isFirst && !isObject ? ' or "]"' : '');
    skip(scan, space);
    if (take(scan, close)) return true;
    scan.expected = `"," or "${close}"`;
    if (!take(scan, ',')) return false;
    skip(scan, space);
  }
}

/** Of a list that may be empty. */
function expectToo(scan: Scan, more: string): false {
  if (scan.expected === 'a value') scan.expected += more;
  return false;
}

function readName(scan: Scan, mayEnd: boolean): boolean {
  scan.expected = `a name in double quotes${mayEnd ? ' or "}"' : ''}`;
  if (scan.text[scan.at] !== '"' || !readString(scan)) return false;
  skip(scan, space);
  scan.expected = '":"';
  if (!take(scan, ':')) return false;
  skip(scan, space);
  return true;
}

function readString(scan: Scan): boolean {
  scan.at += 1;
  for (;;) {
    if (skip(scan, plainText) || skip(scan, escaped)) continue;
    if (take(scan, '"')) return true;
    scan.expected = scan.text[scan.at] === '\\' ? 'an escape such as \\n or \\u00e9' : 'the closing quote of the text';
    return false;
  }
}

function take(scan: Scan, char: string): boolean {
  if (scan.text[scan.at] !== char) return false;
  scan.at += 1;
  return true;
}

/** @param pattern sticky */
function skip(scan: Scan, pattern: RegExp): boolean {
  pattern.lastIndex = scan.at;
  const length = pattern.exec(scan.text)?.[0].length ?? 0;
  scan.at += length;
  return length > 0;
}
