import type { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { readJson } from '../../../support/json/read-json.ts';
import { createTurns } from '../../../support/time/take-turns.ts';

const newline = 0x0a;
// What parsing a line takes, compared with a look at a name.
const stepsPerLine = 500;

/**
 * The values of a stream that holds one JSON text per line.
 * @throws ExecError RUNTIME_UNAVAILABLE for a line that does not match the schema or is longer than allowed
 */
export async function* readJsonLines<T>(
  source: AsyncIterable<Uint8Array>,
  { schema, maxLineBytes }: { readonly schema: z.ZodType<T>; readonly maxLineBytes: number },
): AsyncGenerator<T> {
  // An engine may send very many lines at once.
  const turns = createTurns();
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
      yield* parseLine(rest.subarray(0, end), schema);
      if (turns.spend(stepsPerLine)) await turns.rest();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > maxLineBytes) throw strange(`a line of more than ${maxLineBytes} bytes`);
  }
  yield* parseLine(rest, schema);
}

function* parseLine<T>(line: Buffer, schema: z.ZodType<T>): Generator<T> {
  const text = line.toString().trim();
  if (text === '') return;
  const { data, problem } = readJson(text, schema);
  if (problem !== undefined) throw strange(`a line that is not as expected (${problem})`);
  yield data;
}

function strange(what: string): ExecError {
  return new ExecError('RUNTIME_UNAVAILABLE', `The Docker Engine sent ${what}, which cannot be understood`);
}
