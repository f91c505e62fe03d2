import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import type { ObjectStore } from '../../objects/object-store.ts';
import { ExecError } from '../../support/exec-error.ts';
import { stringifyJson } from '../../support/json/json.ts';
import { readExactJson } from '../../support/json/read-json.ts';
import { formatBytes } from '../../support/text/bytes.ts';

// What a program can still hold as one text.
const largestBytes = 256 * 1024 ** 2;

const partialSchema = z.looseObject({ result: z.looseObject({ ref: z.string() }) });
const overflowSchema = z.looseObject({});

/**
 * An answer with what it had no room for, which it names by `ref`; one that had room for everything as it is.
 * @throws ExecError INPUT_NOT_FOUND | STORE_UNAVAILABLE | OUTPUT_TOO_LARGE for what can only be read from the store itself
 */
export async function completeAnswer(text: string, store: ObjectStore, signal: AbortSignal): Promise<string> {
  const { data: answer } = readExactJson(text, partialSchema);
  if (answer === undefined) return text;
  const { ref, ref_url: _, ...result } = answer.result;
  const { body, size } = await store.get({ name: ref }, signal);
  if (size > largestBytes) {
    body.destroy();
    throw new ExecError(
      'OUTPUT_TOO_LARGE',
      `The whole answer has ${formatBytes(size)}, more than can be printed. Read the object ${ref} from the store.`,
    );
  }
  const { data: overflow, problem } = readExactJson(await textOf(body), overflowSchema);
  if (problem !== undefined)
    throw new ExecError('STORE_UNAVAILABLE', `The object ${ref} does not hold the rest of the response: ${problem}.`);
  return stringifyJson({ ...answer, result: { ...result, ...overflow } });
}
