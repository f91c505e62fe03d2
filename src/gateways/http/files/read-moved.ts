import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { HttpProblem } from '../../../http/problem.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { readJson } from '../../../support/json/read-json.ts';
import type { CollectedFile } from '../../../wire/record/record.ts';

// The object is read whole for one file of it.
const largestBytes = 32 * 1024 ** 2;

const movedSchema = z.object({
  output_files: z.array(
    z.object({ name: z.string(), content: z.string().optional(), encoding: z.enum(['utf8', 'base64']) }),
  ),
});

/**
 * The content of a file that the answer had no room for, out of the object that holds the contents.
 * @throws HttpProblem 409 when that is too large to be looked through; ExecError of the store
 */
export async function readMoved(
  { name }: CollectedFile,
  ref: string,
  { store, signal }: { readonly store: ObjectStore; readonly signal: AbortSignal },
): Promise<Readable> {
  const { body, size } = await store.get({ name: ref }, signal);
  if (size > largestBytes) {
    body.destroy();
    throw new HttpProblem(409, `Read it from the object ${ref} of the store, or set output.minio_upload.`);
  }
  const { data: moved, problem } = readJson(await textOf(body), movedSchema);
  if (problem !== undefined) throw new HttpProblem(409, `The object ${ref} does not hold the files: ${problem}.`);
  const found = moved.output_files.find((file) => file.name === name);
  if (found?.content === undefined) throw new HttpProblem(404, `Its content is not in the object ${ref}.`);
  return Readable.from([Buffer.from(found.content, found.encoding)], { objectMode: false });
}
