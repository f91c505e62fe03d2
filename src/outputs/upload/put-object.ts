import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ObjectKey, ObjectStore } from '../../objects/object-store.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { UploadedObject } from '../../wire/record/record.ts';

export interface PutObjectOptions {
  readonly store: ObjectStore;
  /** 0: no URLs. */
  readonly presignSeconds: number;
  readonly signal: AbortSignal;
}

/** Puts the file's first `size` bytes into the store; leaves the handle open. */
export async function putObject(
  handle: FileHandle,
  size: number,
  key: ObjectKey,
  { store, presignSeconds, signal }: PutObjectOptions,
): Promise<UploadedObject> {
  const hash = createHash('sha256');
  const body = { handle, size, onBytes: (bytes: Uint8Array) => void hash.update(bytes) };
  const done = await store.put(key, body, signal);
  const url = presignSeconds > 0 ? await store.presign?.(key, presignSeconds) : undefined;
  const facts = { bucket: key.bucket ?? store.defaultBucket, size: done.size, sha256: hash.digest('hex') };
  return { name: key.name, ...facts, ...(url === undefined ? {} : { url }) };
}

/** @param what what did not happen, without the reason: `the object a/b was not stored` */
export function failureOfUpload(error: unknown, origin: string, what: string): ExecError {
  const kept = error instanceof ExecError && error.code === 'POLICY_DENIED' ? error.code : 'STORE_UNAVAILABLE';
  // A name that the store does not take was chosen inside the container.
  const code = error instanceof ExecError && error.code === 'INVALID_REQUEST' ? 'OUTPUT_INVALID' : kept;
  return new ExecError(code, `${origin}: ${what}. ${messageOf(error)}`);
}
