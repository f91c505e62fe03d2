import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { HttpProblem } from '../../../http/problem.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { readJson } from '../../../support/json/read-json.ts';

// The object is read whole for the files in it.
const largestBytes = 32 * 1024 ** 2;

const movedSchema = z.object({
  output_files: z.array(
    z.object({ name: z.string(), content: z.string().optional(), encoding: z.enum(['utf8', 'base64']) }),
  ),
});

type Moved = ReadonlyMap<string, z.infer<typeof movedSchema>['output_files'][number]>;

export interface MovedFiles {
  /**
   * The content of a file that the response had no room for, out of the object that holds the contents.
   * @throws HttpProblem 404, 409 when the object is too large or not as expected; ExecError of the store
   */
  read(name: string, ref: string, signal: AbortSignal): Promise<Buffer>;
}

/** Each object is read once, however many of its files are asked for, and kept as long as this is. */
export function createMovedFiles(store: Pick<ObjectStore, 'get'>): MovedFiles {
  const objects = new Map<string, Promise<Moved>>();
  return {
    async read(name, ref, signal) {
      const reading = objects.get(ref) ?? readObject(ref, store, signal);
      objects.set(ref, reading);
      const found = (await reading).get(name);
      if (found?.content === undefined) throw new HttpProblem(404, `Its content is not in the object ${ref}.`);
      return Buffer.from(found.content, found.encoding);
    },
  };
}

async function readObject(ref: string, store: Pick<ObjectStore, 'get'>, signal: AbortSignal): Promise<Moved> {
  const { body, size } = await store.get({ name: ref }, signal);
  if (size > largestBytes) {
    body.destroy();
    throw new HttpProblem(409, `Read it from the object ${ref} of the store, or set output.minio_upload.`);
  }
  const { data: moved, problem } = readJson(await textOf(body), movedSchema);
  if (problem !== undefined) throw new HttpProblem(409, `The object ${ref} does not hold the files: ${problem}.`);
  return new Map(moved.output_files.map((file) => [file.name, file]));
}
