import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectKey, ObjectStore } from '../../../objects/object-store.ts';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import type { ExecutionResponse } from '../../../wire/response/response.ts';
import { partsOf } from '../../../workspace/beneath/file-name.ts';
import { writeBeneath } from '../../../workspace/beneath/write-beneath.ts';
import type { ByteBudget } from '../../../workspace/byte-budget.ts';

type UploadedObject = NonNullable<ExecutionResponse['result']>['minio_objects'][number];

export interface SaveOptions {
  readonly store: ObjectStore;
  /** Absolute. */
  readonly directory: string;
  /** Whether files that are there give way. */
  readonly force: boolean;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
  readonly onFile: (name: string, size: number) => void;
}

export interface Saved {
  readonly files: number;
  readonly bytes: number;
  /** Files that stayed as they were, because --force was not given. */
  readonly kept: readonly string[];
}

export interface OutputFile {
  /** Relative to the output directory. */
  readonly name: string;
  readonly object: ObjectKey;
  readonly size: number;
}

/** The output files of an answer that went to the object store; with `only`, those of these names. */
export function outputFilesOf(response: ExecutionResponse, only?: ReadonlySet<string>): readonly OutputFile[] {
  const prefix = `executions/${response.execution_id}/output/`;
  return (response.result?.minio_objects ?? [])
    .map((object) => outputFile(object, prefix))
    .filter(({ name }) => only === undefined || only.has(name));
}

function outputFile({ object_name: objectName, bucket, size }: UploadedObject, prefix: string): OutputFile {
  const name = objectName.startsWith(prefix) ? objectName.slice(prefix.length) : objectName;
  return { name, object: { name: objectName, bucket }, size };
}

/**
 * Streams the files from the store into the directory; links in it are never followed.
 * @throws ExecError when the directory or the store does not let it
 */
export async function saveOutputs(files: readonly OutputFile[], options: SaveOptions): Promise<Saved> {
  const { store, directory, force, budget, signal, onFile } = options;
  const root = await openDirectory(directory);
  const kept: string[] = [];
  let bytes = 0;
  for (const { name, object, size } of files) {
    if (!force && (await isThere(join(root, name)))) {
      kept.push(name);
      continue;
    }
    onFile(name, size);
    const { body, pour = body } = await store.get(object, signal);
    bytes += await writeBeneath({
      root,
      parts: partsOf(name),
      source: pour,
      mode: 0o644,
      budget,
      signal,
      replace: force,
    });
  }
  return { files: files.length - kept.length, bytes, kept };
}

/**
 * Files that are sure to be in the way, so that the run need not even start.
 * @param patterns those of -o
 */
export async function filesInTheWay(patterns: readonly string[], directory: string): Promise<readonly string[]> {
  const plain = patterns.filter((pattern) => !/[*?[\]{}!()]|\/$/.test(pattern));
  const there = await Promise.all(plain.map((name) => isThere(resolve(directory, name))));
  return plain.filter((_, index) => there[index]);
}

async function openDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await realpath(directory);
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `--save ${directory} cannot be written to: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
