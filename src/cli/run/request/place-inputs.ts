import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ObjectKey, ObjectStore } from '../../../objects/object-store.ts';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';
import type { LocalInput } from './gather-inputs.ts';

type RequestInput = NonNullable<ExecutionRequest['input']>;

export interface PlacedInputs {
  readonly files: NonNullable<RequestInput['files']>;
  readonly minioObjects: NonNullable<RequestInput['minio_objects']>;
  /** What was put into the store for this run, to be removed after it. */
  readonly uploaded: readonly ObjectKey[];
  /** What the command reads; absent: nothing. */
  readonly stdin?: ExecutionRequest['container']['stdin'];
}

export interface InlineLimits {
  /** A larger file goes through the object store. */
  readonly fileBytes: number;
  /** All inline files together. */
  readonly totalBytes: number;
}

export interface PlaceOptions {
  readonly store: ObjectStore;
  readonly limits: InlineLimits;
  readonly signal: AbortSignal;
  readonly onUpload: (input: LocalInput) => void;
}

/** Small files into the request itself, larger ones into the object store. */
export async function placeInputs(inputs: readonly LocalInput[], options: PlaceOptions): Promise<PlacedInputs> {
  const { store, limits, signal, onUpload } = options;
  const files: PlacedInputs['files'] = [];
  const minioObjects: PlacedInputs['minioObjects'] = [];
  const uploaded: ObjectKey[] = [];
  const prefix = `run-inputs/${randomUUID()}`;
  let inlineBytes = 0;
  try {
    for (const input of inputs) {
      if (input.size <= limits.fileBytes && inlineBytes + input.size <= limits.totalBytes) {
        inlineBytes += input.size;
        files.push(await inlineFile(input));
        continue;
      }
      onUpload(input);
      const name = `${prefix}/${minioObjects.length}`;
      uploaded.push({ name });
      await store.put({ name }, createReadStream(input.source), signal);
      minioObjects.push({ object_name: name, local_path: input.path });
    }
  } catch (error) {
    await removeObjects(store, uploaded);
    throw error instanceof ExecError ? error : new ExecError('INPUT_NOT_FOUND', messageOf(error), { cause: error });
  }
  return { files, minioObjects, uploaded };
}

async function inlineFile({ source, path, executable }: LocalInput): Promise<PlacedInputs['files'][number]> {
  const content = (await readFile(source)).toString('base64');
  return { name: path, content, encoding: 'base64', ...(executable ? { mode: '755' } : {}) };
}

/** Objects made for one run; one that cannot be removed is left, for the answer matters more. */
export async function removeObjects(store: ObjectStore, keys: readonly ObjectKey[]): Promise<readonly ObjectKey[]> {
  // Not the run's signal: what a canceled run put there has to go as well.
  const { signal } = new AbortController();
  const removed = await Promise.allSettled(keys.map((key) => store.remove(key, signal)));
  return keys.filter((_, index) => removed[index]?.status === 'rejected');
}
