import { randomBytes } from 'node:crypto';
import { isInteger, isLosslessNumber, isSafeNumber, LosslessNumber, stringify } from 'lossless-json';

/** How deep arrays and objects may be nested; recursive code needs stack for every level. */
export const maxJsonDepth = 500;

// Only a text that might have a number in another form than JavaScript would write pays for a second look.
const mayHoldUnusualNumber =
  /(?:^|[[:,\s])-?(?:\d[\d.]{15}|\d{1,16}(?:\.\d{1,16})?[eE]|0(?<=-0)|\d{1,16}\.\d{0,16}0(?!\d)|0\.0{6})/;

/**
 * Parses JSON so that every number keeps its text: one that JavaScript would write differently (`1.0`, `-0`, `1e3`, more digits
 * than a double holds) becomes a `LosslessNumber`, which {@link stringifyJson} writes back. Of a repeated key the last value counts.
 * @throws SyntaxError, also for what is nested more than {@link maxJsonDepth} deep
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`arrays and objects are nested more than ${maxJsonDepth} deep`);
  // Parsed first: replacing numbers by strings could make valid what is not.
  const value: unknown = JSON.parse(text);
  if (!mayHoldUnusualNumber.test(text)) return value;
  const mark = unusedMark(text);
  const marked = markNumbers(text, mark);
  return marked === text ? value : restoreNumbers(JSON.parse(marked), mark);
}

/**
 * JSON without white space and repeated keys, in which every number keeps its text, and the value, whose numbers are doubles.
 * @throws SyntaxError as {@link parseJson}
 */
export function compactJson(text: string): { readonly value: unknown; readonly compact: string } {
  if (isTooDeep(text)) throw new SyntaxError(`arrays and objects are nested more than ${maxJsonDepth} deep`);
  const value: unknown = JSON.parse(text);
  if (!mayHoldUnusualNumber.test(text)) return { value, compact: JSON.stringify(value) };
  const mark = unusedMark(text);
  const marked = JSON.stringify(JSON.parse(markNumbers(text, mark)));
  const markedNumber = new RegExp(`"${mark}([^"]*)"`, 'g');
  return { value, compact: marked.replace(markedNumber, '$1') };
}

/** No string of the text begins with it: a character that is not in it, else what the sender cannot guess. */
function unusedMark(text: string): string {
  return /\x7f|\\u007f/i.test(text) ? randomBytes(12).toString('hex') : '\x7f';
}

/** Native parsing with markers is several times as fast as a parser in JavaScript. */
function markNumbers(text: string, mark: string): string {
  const pieces: string[] = [];
  let copied = 0;
  const begin = /["\d-]/g;
  const number = /[\d+\-.eE]+/y;
  for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
    const from = found.index;
    if (found[0] === '"') {
      begin.lastIndex = endOfString(text, from);
      continue;
    }
    number.lastIndex = from;
    const token = number.exec(text)?.[0] ?? found[0];
    begin.lastIndex = from + token.length;
    if (String(Number(token)) === token) continue;
    pieces.push(text.slice(copied, from), `"${mark}${token}"`);
    copied = from + token.length;
  }
  return copied === 0 && pieces.length === 0 ? text : `${pieces.join('')}${text.slice(copied)}`;
}

function restoreNumbers(value: unknown, mark: string): unknown {
  return replaceLeaves(value, (leaf) =>
    typeof leaf === 'string' && leaf.startsWith(mark) ? new LosslessNumber(leaf.slice(mark.length)) : leaf,
  );
}

/** Fields, by name, whose numbers stay as they were written. */
export interface ExactFields {
  readonly [field: string]: ExactFields | true;
}

/**
 * Turns `LosslessNumber` objects of a freshly parsed value into numbers, in place, where a double holds all their digits.
 * @param exact fields that are left alone
 */
export function useDoubles(value: unknown, exact?: ExactFields): unknown {
  return replaceLeaves(value, toDouble, exact);
}

/** The number, if a double holds all its digits; anything else stays as it is. */
export function toDouble(value: unknown): unknown {
  if (!isLosslessNumber(value)) return value;
  const text = value.toString();
  const fits = isInteger(text) ? Number.isSafeInteger(Number(text)) : isSafeNumber(text);
  return fits ? Number(text) : value;
}

function replaceLeaves(value: unknown, replace: (leaf: unknown) => unknown, skipped?: ExactFields): unknown {
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return replace(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const before: unknown = value[index];
      const after = replaceLeaves(before, replace);
      if (after !== before) value[index] = after;
    }
    return value;
  }
  for (const key of Object.keys(value)) {
    const inner = skipped !== undefined && Object.hasOwn(skipped, key) ? skipped[key] : undefined;
    if (inner === true) continue;
    const before: unknown = Reflect.get(value, key);
    const after = replaceLeaves(before, replace, inner);
    if (after === before) continue;
    // Assignment to `__proto__` would set the prototype.
    if (key === '__proto__') Object.defineProperty(value, key, { value: after, ...ownField });
    else Reflect.set(value, key, after);
  }
  return value;
}

const ownField = { writable: true, enumerable: true, configurable: true };

/** Where the JSON string that begins at `from` ends: the index after its closing quote. */
export function endOfString(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return json.length;
}

/** The inverse of {@link parseJson}. */
export function stringifyJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** A number, however it is held. */
export function isJsonNumber(value: unknown): boolean {
  return typeof value === 'number' || isLosslessNumber(value);
}

const [quote, backslash, openArray, closeArray, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Whether arrays and objects are nested more than {@link maxJsonDepth} deep. Brackets in strings do not count; for text that is not JSON the result means nothing. */
export function isTooDeep(text: string): boolean {
  return createDepthScan(text).scan(text.length);
}

export interface DepthScan {
  /** Looks at so many more characters. @returns whether it is too deep there */
  scan(characters: number): boolean;
  /** Whether all of the text was looked at. */
  isOver(): boolean;
}

/** {@link isTooDeep} in pieces. */
export function createDepthScan(text: string): DepthScan {
  let [depth, inString, next] = [0, false, 0];
  return {
    isOver: () => next >= text.length,
    scan(characters) {
      const end = Math.min(next + characters, text.length);
      let at = next;
      // By code, which takes a third of the time that characters take.
      for (; at < end; at += 1) {
        const code = text.charCodeAt(at);
        if (code === quote) inString = !inString;
        else if (inString) at += code === backslash ? 1 : 0;
        else if (code === openArray || code === openObject) {
          depth += 1;
          if (depth > maxJsonDepth) return true;
        } else if (code === closeArray || code === closeObject) depth -= 1;
      }
      next = at;
      return false;
    },
  };
}
