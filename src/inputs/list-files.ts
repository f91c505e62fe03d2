import type { ObjectInfo, ObjectKey, ObjectStore } from '../objects/object-store.ts';
import { ExecError } from '../support/exec-error.ts';
import type { Input } from '../wire/plan/plan.ts';
import { invalidInput, nameInput } from './input-errors.ts';

/** One file to write. */
export interface InputFile {
  readonly origin: string;
  /** Inside the container. */
  readonly path: string;
  readonly mode?: number | undefined;
  readonly writable: boolean;
  readonly content:
    | { readonly kind: 'inline'; readonly text: string; readonly encoding: 'utf8' | 'base64' }
    | { readonly kind: 'object'; readonly key: ObjectKey }
    | { readonly kind: 'url'; readonly url: URL };
  readonly sha256?: string | undefined;
}

export interface ListOptions {
  readonly store: ObjectStore;
  readonly maxInputFiles: number;
  readonly signal: AbortSignal;
}

type PrefixInput = Extract<Input, { kind: 'prefix' }>;

/** Directories are no files. @throws ExecError INPUT_NOT_FOUND for a prefix without objects, INPUT_TOO_LARGE for too many files, those of the store */
export async function listFiles(inputs: readonly Input[], options: ListOptions): Promise<InputFile[]> {
  const { store, maxInputFiles, signal } = options;
  const files: InputFile[] = [];
  const add = (file: InputFile) => {
    files.push(file);
    if (files.length > maxInputFiles) throw tooMany(maxInputFiles);
  };
  for (const input of inputs) {
    const { origin, path, writable = false } = input;
    if (input.kind === 'inline')
      add({
        origin,
        path,
        writable,
        mode: input.mode,
        content: { kind: 'inline', text: input.content, encoding: input.encoding },
      });
    else if (input.kind === 'object')
      add({
        origin,
        path,
        writable,
        content: { kind: 'object', key: { bucket: input.bucket, name: input.name } },
        sha256: input.sha256,
      });
    else if (input.kind === 'url')
      add({ origin, path, writable, content: { kind: 'url', url: new URL(input.url) }, sha256: input.sha256 });
    else if (input.kind === 'prefix') for await (const file of filesBelow(input, store, signal)) add(file);
  }
  return files;
}

async function* filesBelow(
  input: PrefixInput,
  store: ObjectStore,
  signal: AbortSignal,
): AsyncGenerator<InputFile, void> {
  const { origin, bucket, writable = false } = input;
  const prefix = input.prefix.endsWith('/') ? input.prefix : `${input.prefix}/`;
  let found = false;
  try {
    for await (const { name } of store.list({ bucket, name: prefix }, signal)) {
      // S3 tools mark an empty directory by an object whose name ends in a slash.
      if (name.endsWith('/')) continue;
      found = true;
      const path = `${input.path.replace(/\/$/, '')}/${below(prefix, name, origin)}`;
      yield { origin, path, writable, content: { kind: 'object', key: { bucket, name } } };
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ExecError && error.context.origin === origin ? error : nameInput(error, origin);
  }
  if (!found) throw nothingBelow(input, prefix, store);
}

function below(prefix: string, name: ObjectInfo['name'], origin: string): string {
  const relative = name.slice(prefix.length);
  const parts = relative.split('/');
  if (!parts.some((part) => part === '' || part === '.' || part === '..') && !relative.includes('\0')) return relative;
  throw invalidInput(
    origin,
    `the object ${JSON.stringify(name)} cannot become a file, since its name has an empty, "." or ".." part. Rename it, or fetch the objects one by one.`,
  );
}

function nothingBelow({ origin, bucket }: PrefixInput, prefix: string, store: ObjectStore): ExecError {
  return new ExecError(
    'INPUT_NOT_FOUND',
    `${origin}: no object in the bucket "${bucket ?? store.defaultBucket}" has a name that starts with ${JSON.stringify(prefix)}. Upload one first, or correct the name.`,
    { context: { origin } },
  );
}

function tooMany(maxInputFiles: number): ExecError {
  return new ExecError(
    'INPUT_TOO_LARGE',
    `The inputs have more than the ${maxInputFiles} files that one execution may have (maxInputFiles). Send fewer, for example as one archive.`,
  );
}
