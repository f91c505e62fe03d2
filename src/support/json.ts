import { isInteger, isSafeNumber, parse, parseLosslessNumber, stringify } from 'lossless-json';

// Numbers that a double cannot hold are rare; only a text that might have some pays for the slower parser.
const mayHoldInexactNumber = /\d[\d.]{15}|\d[eE]\+?\d{3}/;

/**
 * Parses JSON so that every number keeps its digits: those a double cannot hold become `LosslessNumber`
 * objects, which {@link stringifyJson} writes back as they stood. Of a repeated key the last value counts.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
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
