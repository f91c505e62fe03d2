import { isInteger, isLosslessNumber, isSafeNumber, parse, parseLosslessNumber, stringify } from 'lossless-json';

/** How deep arrays and objects may be nested; whoever walks or writes them recursively needs stack for every level. */
export const maxJsonDepth = 500;

// Numbers that a double cannot hold are rare; only a text that might have some pays for the slower parser.
const mayHoldInexactNumber = /\d[\d.]{15}|\d[eE]\+?\d{3}/;

/**
 * Parses JSON so that every number keeps its digits: those a double cannot hold become `LosslessNumber`
 * objects, which {@link stringifyJson} writes back as they stood. Of a repeated key the last value counts.
 * @throws SyntaxError, also for what is nested more than {@link maxJsonDepth} deep
 */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`arrays and objects are nested more than ${maxJsonDepth} deep`);
  if (!mayHoldInexactNumber.test(text)) return JSON.parse(text);
  return parse(text, null, { parseNumber: keepDigits, onDuplicateKey: ({ newValue }) => newValue });
}

function keepDigits(text: string): unknown {
  const exact = isInteger(text) ? Number.isSafeInteger(Number(text)) : isSafeNumber(text);
  return exact ? Number(text) : parseLosslessNumber(text);
}

/** The inverse of {@link parseJson}. */
export function stringifyJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** A number, however it is held. */
export function isJsonNumber(value: unknown): boolean {
  return typeof value === 'number' || isLosslessNumber(value);
}

/** Whether arrays and objects are nested more than {@link maxJsonDepth} deep. Brackets in strings do not count; for text that is not JSON the result means nothing. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > maxJsonDepth) return true;
  }
  return false;
}
