import { z } from 'zod';
import { plainIssue } from '../../wire/issues/plain-issue.ts';
import { smallText } from '../text/convert-in-turns.ts';
import { nextTurn } from '../time/next-turn.ts';
import { syntaxError } from './find-syntax-error.ts';
import { createDepthScan, isTooDeep, maxJsonDepth, parseJson } from './json.ts';

/** A value, or why the text does not hold one: the end of a sentence. */
export type ReadJson<T> =
  | { readonly data: T; readonly problem?: undefined }
  | { readonly data?: undefined; readonly problem: string };

/**
 * Reads JSON that another program wrote. Never throws: a text that is not JSON, that is nested more than
 * {@link maxJsonDepth} deep or that does not match the schema gives a problem. Numbers become doubles.
 */
export function readJson<T>(text: string, schema: z.ZodType<T>): ReadJson<T> {
  return read(text, schema, parseDoubles);
}

/** The same, but numbers keep their digits as {@link parseJson} describes. */
export function readExactJson<T>(text: string, schema: z.ZodType<T>): ReadJson<T> {
  return read(text, schema, parseJson);
}

/** As {@link readJson}; others run between the steps of reading a long text. */
export async function readJsonInTurns<T>(text: string, schema: z.ZodType<T>): Promise<ReadJson<T>> {
  if (text.length <= smallText) return readJson(text, schema);
  const depth = createDepthScan(text);
  while (!depth.isOver()) {
    if (depth.scan(charactersPerTurn)) return { problem: `not JSON: ${tooDeep}` };
    await nextTurn();
  }
  const { data, problem } = read(text, z.unknown(), JSON.parse);
  if (problem !== undefined) return { problem };
  await nextTurn();
  return check(data, schema);
}

// Takes about a millisecond.
const charactersPerTurn = 1024 ** 2;

const tooDeep = `arrays and objects are nested more than ${maxJsonDepth} deep`;

function parseDoubles(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(tooDeep);
  return JSON.parse(text);
}

function read<T>(text: string, schema: z.ZodType<T>, parse: (text: string) => unknown): ReadJson<T> {
  try {
    return check(parse(text), schema);
  } catch (error) {
    return { problem: `not JSON: ${syntaxError(text, error)}` };
  }
}

function check<T>(value: unknown, schema: z.ZodType<T>): ReadJson<T> {
  const { data, error } = schema.safeParse(value, { error: plainIssue });
  return error === undefined ? { data } : { problem: describe(error.issues) };
}

/** A field that is not known comes first: it may be the misspelt name of one that is missing. */
function describe(issues: readonly z.core.$ZodIssue[]): string {
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (first === undefined) return 'not as expected';
  return first.path.length === 0 ? first.message : `${z.core.toDotPath(first.path)}: ${first.message}`;
}
