import type { Readable } from 'node:stream';
import type { Pour } from '../workspace/pour.ts';
import type { ObjectBody } from './object-body.ts';

export interface ObjectInfo {
  readonly name: string;
  readonly size: number;
}

export interface OpenedObject extends ObjectInfo {
  /** Ends, or fails with an ExecError. */
  readonly body: Readable;
  /** The same text and size of the same object: the same bytes. Absent: nothing says so. */
  readonly etag?: string;
  /** The same bytes, in place of the body; absent where it would save nothing. */
  readonly pour?: Pour;
}

/**
 * A store of named blobs in buckets. Without a bucket a call means the store's default one.
 * Streams both ways; nothing large is held whole. Fails with ExecError INPUT_NOT_FOUND (no such object or bucket)
 * or STORE_UNAVAILABLE (it does not answer, refuses us, or is full).
 */
export interface ObjectStore {
  readonly name: string;
  readonly defaultBucket: string;
  get(key: ObjectKey, signal: AbortSignal): Promise<OpenedObject>;
  /** The same from that byte on, with the size of the whole object; absent where the store reads whole objects only. */
  getFrom?(key: ObjectKey, offset: number, signal: AbortSignal): Promise<OpenedObject>;
  /** Creates or replaces; the object appears whole or not at all. */
  put(key: ObjectKey, body: ObjectBody, signal: AbortSignal): Promise<ObjectInfo>;
  /**
   * Every object whose name starts with the prefix, in the store's order: by the bytes of the name, but SeaweedFS has
   * `a/b` before `a-b`.
   */
  list(prefix: ObjectKey, signal: AbortSignal): AsyncIterable<ObjectInfo>;
  remove(key: ObjectKey, signal: AbortSignal): Promise<void>;
  /**
   * A URL from which anyone can read the object for that many seconds, whether it is there or not; absent where the
   * store has no URLs.
   */
  presign?(key: ObjectKey, expiresSeconds: number): Promise<string>;
}

export interface ObjectKey {
  readonly bucket?: string | undefined;
  readonly name: string;
}
