import { ExecError } from '../../support/exec-error.ts';

const newline = 0x0a;

/**
 * The values of a stream that holds one JSON text per line.
 * @throws ExecError RUNTIME_UNAVAILABLE for a line that is none or is longer than allowed
 */
export async function* readJsonLines(source: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<unknown> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
      yield* parseLine(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > maxLineBytes) throw strange(`a line of more than ${maxLineBytes} bytes`);
  }
  yield* parseLine(rest);
}

function* parseLine(line: Buffer): Generator<unknown> {
  const text = line.toString().trim();
  if (text === '') return;
  try {
    yield JSON.parse(text);
  } catch (error) {
    throw strange('a line that is no JSON', error);
  }
}

function strange(what: string, cause?: unknown): ExecError {
  return new ExecError('RUNTIME_UNAVAILABLE', `The Docker Engine sent ${what}, which cannot be understood`, { cause });
}
