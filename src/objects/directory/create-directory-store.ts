import type { Stats } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { destroyOnAbort } from '../../support/abort/destroy-on-abort.ts';
import { claimDirectory } from '../../support/directories/claim-directory.ts';
import { type Clock, systemClock } from '../../support/time/clock.ts';
import { streamOf } from '../../workspace/beneath/read-file.ts';
import { endBody } from '../object-body.ts';
import type { ObjectKey, ObjectStore, OpenedObject } from '../object-store.ts';
import { listObjects } from './list-objects.ts';
import { objectPathOf, prefixPathOf } from './object-path.ts';
import { createObjectOpener } from './open-object.ts';
import { putObject } from './put-object.ts';
import { removeObject } from './remove-object.ts';
import { noSuchObject, notAnObject, unavailable, whenUnavailable } from './store-errors.ts';
import { sweepIncoming } from './sweep-incoming.ts';

export interface DirectoryStoreOptions {
  /** Made when it is missing; holds one directory per bucket. */
  readonly root: string;
  readonly defaultBucket: string;
  readonly clock?: Clock;
  /** Milliseconds after which an upload that was cut off by a crash is removed; a day unless given. */
  readonly staleUploadMs?: number;
}

/** Objects as files, `<root>/<bucket>/<object name>`. Buckets come into being with their first object. */
export function createDirectoryStore(options: DirectoryStoreOptions): ObjectStore {
  const { defaultBucket } = options;
  const openObject = createObjectOpener();
  let prepared: Promise<string> | undefined;

  /** @returns the root without links in its path */
  function prepare(): Promise<string> {
    prepared ??= prepareRoot(options).catch((error: unknown) => {
      prepared = undefined;
      throw unavailable(error, options.root);
    });
    return prepared;
  }

  async function getFrom(key: ObjectKey, offset: number, signal: AbortSignal): Promise<OpenedObject> {
    const path = objectPathOf(key, defaultBucket);
    const root = await prepare();
    signal.throwIfAborted();
    const opened = await whenUnavailable(openObject(root, path.parts), root);
    if (opened.handle !== undefined)
      return openedObject(key, streamOf(opened.handle, opened.stats.size, offset), opened.stats, signal);
    if (opened.found === 'nothing' || opened.found === 'directory') throw noSuchObject(path);
    throw notAnObject(path, opened.found);
  }

  return {
    name: 'directory',
    defaultBucket,
    get: (key, signal) => getFrom(key, 0, signal),
    getFrom,
    async put(key, body, signal) {
      try {
        const path = objectPathOf(key, defaultBucket);
        return await putObject(await prepare(), path, body, signal);
      } finally {
        endBody(body);
      }
    },
    async *list(key, signal) {
      const prefix = prefixPathOf(key, defaultBucket);
      yield* listObjects(await prepare(), prefix, signal);
    },
    async remove(key, signal) {
      const path = objectPathOf(key, defaultBucket);
      const root = await prepare();
      signal.throwIfAborted();
      await whenUnavailable(removeObject(root, path), root);
    },
  };
}

const dayMs = 24 * 60 * 60 * 1000;

async function prepareRoot({
  root,
  clock = systemClock,
  staleUploadMs = dayMs,
}: DirectoryStoreOptions): Promise<string> {
  const real = await claimDirectory({ path: resolve(root), setting: 'EXEC_DATA_DIR' });
  await sweepIncoming(real, clock.now() - staleUploadMs);
  return real;
}

function openedObject({ name }: ObjectKey, body: Readable, stats: Stats, signal: AbortSignal): OpenedObject {
  body.once('close', destroyOnAbort(body, signal));
  const { ino, size, mtimeMs, ctimeMs } = stats;
  // An object is replaced by another file, never changed.
  return { name, size, body, etag: [ino, mtimeMs, ctimeMs].join('-') };
}
