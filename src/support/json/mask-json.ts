import { endOfString } from './json.ts';

/** Hides secret values in what passes through it. */
export interface ValueMask {
  /** What is hidden, to make the same mask elsewhere. */
  readonly values: readonly Buffer[];
  text(text: string): string;
  bytes(bytes: Buffer): Buffer;
}

/**
 * JSON text with the secret values hidden in its strings, keys and numbers, and still JSON: a number that holds one becomes
 * the string `"***"`. Numbers without one keep all their digits.
 * @param json valid JSON
 * @returns undefined when a secret spans several values, so that it cannot be hidden without breaking the JSON
 */
export function maskJson(json: string, mask: ValueMask): string | undefined {
  if (mask.text(json) === json && !isEscapedIn(json, mask)) return json;
  const pieces: string[] = [];
  let copied = 0;
  for (const { from, to } of tokensOf(json)) {
    const token = json.slice(from, to);
    const masked = token.startsWith('"') ? maskString(token, mask) : maskNumber(token, mask);
    if (masked === token) continue;
    pieces.push(json.slice(copied, from), masked);
    copied = to;
  }
  const whole = pieces.length === 0 ? json : `${pieces.join('')}${json.slice(copied)}`;
  return isHidden(whole, mask) ? whole : undefined;
}

// Looked through together, which takes a fraction of the time that one after the other takes.
const lookedThroughTogether = 64 * 1024;

/** Whether a string that is written with escapes may hold a secret. */
function isEscapedIn(json: string, mask: ValueMask): boolean {
  if (!json.includes('\\')) return false;
  let texts = '';
  let escapedAt = -1;
  const found = () => mask.text(texts) !== texts;
  for (const { from, to } of tokensOf(json)) {
    if (escapedAt < from) escapedAt = json.indexOf('\\', from);
    if (escapedAt === -1) break;
    if (escapedAt >= to) continue;
    texts += `${JSON.parse(json.slice(from, to))}\0`;
    if (texts.length < lookedThroughTogether) continue;
    if (found()) return true;
    texts = '';
  }
  return found();
}

/** Three words are in every other document and give no secret away, even one that is spelled like them. */
function isHidden(json: string, mask: ValueMask): boolean {
  if (mask.text(json) === json) return true;
  if (literals.every((word) => mask.text(word) === word)) return false;
  const pieces: string[] = [];
  let copied = 0;
  for (const { from, to } of tokensOf(json)) {
    pieces.push(json.slice(copied, from).replace(/true|false|null/g, '0'), json.slice(from, to));
    copied = to;
  }
  const rest = `${pieces.join('')}${json.slice(copied).replace(/true|false|null/g, '0')}`;
  return mask.text(rest) === rest;
}

const literals = ['true', 'false', 'null'];

function maskString(token: string, mask: ValueMask): string {
  const text = String(JSON.parse(token));
  const masked = mask.text(text);
  return masked === text ? token : JSON.stringify(masked);
}

function maskNumber(token: string, mask: ValueMask): string {
  return mask.text(token) === token ? token : '"***"';
}

/** Strings, with their quotes, and numbers. Each character is looked at once, however long the strings are. */
function* tokensOf(json: string): Generator<{ readonly from: number; readonly to: number }, void> {
  const begin = /["\d-]/g;
  const number = /[\d+\-.eE]+/y;
  for (let found = begin.exec(json); found !== null; found = begin.exec(json)) {
    const from = found.index;
    number.lastIndex = from;
    const to = found[0] === '"' ? endOfString(json, from) : number.test(json) ? number.lastIndex : from + 1;
    yield { from, to };
    begin.lastIndex = to;
  }
}
