import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { ExecError } from '../../support/exec-error.ts';
import { stringifyJson } from '../../support/json/json.ts';
import { readExactJson } from '../../support/json/read-json.ts';
import { formatBytes } from '../../support/text/bytes.ts';

// What a program can still hold as one text.
const largestBytes = 256 * 1024 ** 2;

/** Opens the object that holds what moved; `size` in bytes. */
export type OpenContents = (ref: string) => Promise<{ readonly body: Readable; readonly size: number }>;

const partialSchema = z.looseObject({ result: z.looseObject({ ref: z.string() }) });
const overflowSchema = z.looseObject({});

/**
 * A response with the contents that it had no room for and names by `ref`; any other as it is.
 * @throws ExecError INPUT_NOT_FOUND | STORE_UNAVAILABLE | OUTPUT_TOO_LARGE for what can only be read from the store itself
 */
export async function completeAnswer(text: string, open: OpenContents): Promise<string> {
  const { data: answer } = readExactJson(text, partialSchema);
  if (answer === undefined) return text;
  const { ref, ref_url: _, ...result } = answer.result;
  const { body, size } = await open(ref);
  if (size > largestBytes) {
    body.destroy();
    throw new ExecError(
      'OUTPUT_TOO_LARGE',
      `The whole response has ${formatBytes(size)}, more than can be printed. Read the object ${ref} from the store.`,
    );
  }
  const { data: overflow, problem } = readExactJson(await textOf(body), overflowSchema);
  if (problem !== undefined)
    throw new ExecError('STORE_UNAVAILABLE', `The object ${ref} does not hold the rest of the response: ${problem}.`);
  return stringifyJson({ ...answer, result: { ...result, ...overflow } });
}
