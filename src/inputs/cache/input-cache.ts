import { createHash } from 'node:crypto';
import { link, lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { claimDirectory } from '../../support/directories/claim-directory.ts';
import { errnoOf } from '../../support/exec-error.ts';
import { bootId } from '../../support/processes/process-mark.ts';
import type { Logger } from '../../telemetry/log.ts';

/** Files of inputs that were fetched before, for executions of the same tenant. */
export interface InputCache {
  /**
   * Gives the kept file a second name, in place of a file that is there.
   * @param path in a directory of the agent that containers only read
   * @returns false when it is not kept, or is not what was kept
   */
  take(key: CacheKey, path: Buffer): Promise<boolean>;
  /** Keeps a file, by another name for it. A problem with that is logged, and the file is not kept. */
  keep(key: CacheKey, path: Buffer): Promise<void>;
}

/** What tells one content from any other, and who may have it. */
export interface CacheKey {
  readonly tenant: string;
  readonly store: string;
  readonly bucket: string;
  readonly name: string;
  /** Of the store, for this content of the object. */
  readonly etag: string;
  readonly size: number;
  /** Its content was checked against it. */
  readonly sha256: string | undefined;
}

export interface InputCacheOptions {
  /** On the file system of the workspaces; created when it is first needed. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly logger: Logger;
  /** Reads what is another text after each restart of the host. */
  readonly boot?: () => Promise<string>;
}

// Fetching less than that takes no longer than looking for it.
const smallestBytes = 64 * 1024;
const namePattern = /^[0-9a-f]{64}-(\d+)-(\d+)-([0-9a-f-]+)$/;
// The host does not let one file have more names, or names on that file system.
const notHere: ReadonlySet<string | undefined> = new Set(['ENOENT', 'EMLINK', 'EXDEV', 'EPERM']);

/**
 * Keeps up to so many bytes; what was used longest ago is removed first. The name of a kept file holds its size and the time of
 * its last change, so a file that was changed is noticed and not used. It also tells since which start of the host it is kept: a host
 * that loses power may lose bytes of a file and keep its size, and nothing waits for the disk here.
 */
export function createInputCache({ directory, maxBytes, logger, boot = bootId }: InputCacheOptions): InputCache {
  /** Bytes by file name, in the order of use. */
  const kept = new Map<string, number>();
  /** File names by the hash of their key. */
  const names = new Map<string, string>();
  let total = 0;
  let loading: Promise<string> | undefined;
  let last: Promise<void> = Promise.resolve();

  /** One after the other: two that keep the same content would remove each other's file. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const add = (name: string, bytes: number) => {
    kept.set(name, bytes);
    names.set(hashIn(name), name);
    total += bytes;
  };

  const forget = (name: string) => {
    total -= kept.get(name) ?? 0;
    kept.delete(name);
    if (names.get(hashIn(name)) === name) names.delete(hashIn(name));
  };

  async function drop(name: string): Promise<void> {
    forget(name);
    await unlink(join(directory, name)).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
  }

  async function makeRoom(): Promise<void> {
    for (const name of [...kept.keys()]) {
      if (total <= maxBytes) return;
      await drop(name);
    }
  }

  /** A new name counts as a change of the file's facts, so the time of that is the time of its last use. */
  async function load(): Promise<string> {
    await claimDirectory({ path: directory, setting: 'EXEC_DATA_DIR' });
    const bootNow = await boot();
    const found = await Promise.all(
      (await readdir(directory)).map(async (name) => ({ name, facts: await factsOf(join(directory, name)) })),
    );
    const byUse = found.toSorted((a, b) => (a.facts?.usedAt ?? 0) - (b.facts?.usedAt ?? 0));
    for (const { name, facts } of byUse)
      if (facts !== undefined && isUnchanged(name, facts, bootNow)) add(name, facts.size);
      else await drop(name);
    await makeRoom();
    return bootNow;
  }

  const ready = () => {
    loading ??= load().catch((error: unknown) => {
      // The cause may be fixed while the agent runs.
      loading = undefined;
      kept.clear();
      names.clear();
      total = 0;
      throw error;
    });
    return loading;
  };

  async function take(key: CacheKey, path: Buffer): Promise<boolean> {
    const bootNow = await ready();
    const name = names.get(hashOf(key));
    if (name === undefined) return false;
    const facts = await factsOf(join(directory, name));
    if (facts === undefined || facts.size !== key.size || !isUnchanged(name, facts, bootNow)) {
      await drop(name);
      return false;
    }
    const bytes = kept.get(name);
    // Another execution may have replaced it meanwhile.
    if (bytes === undefined) return false;
    kept.delete(name);
    kept.set(name, bytes);
    if (await linkAnew(join(directory, name), path)) return true;
    await drop(name);
    return false;
  }

  async function keep(key: CacheKey, path: Buffer): Promise<void> {
    const bootNow = await ready();
    const hash = hashOf(key);
    const facts = await factsOf(path);
    if (facts === undefined || facts.size !== key.size || facts.size < smallestBytes || facts.size > maxBytes) return;
    const name = `${hash}-${facts.size}-${facts.changedAt}-${bootNow}`;
    await inTurn(async () => {
      // Several executions at once may have fetched it.
      if (names.has(hash) || !(await linkAnew(path, join(directory, name)))) return;
      add(name, facts.size);
      await makeRoom();
    });
  }

  const orWarn = async <T>(work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      logger.warn({ err: error, directory }, 'the cache of inputs cannot be used');
      return otherwise;
    }
  };

  return {
    take: (key, path) => orWarn(take(key, path), false),
    keep: (key, path) => orWarn(keep(key, path), undefined),
  };
}

interface FileFacts {
  readonly size: number;
  /** Nanoseconds, as text. */
  readonly changedAt: string;
  /** Milliseconds. */
  readonly usedAt: number;
}

/** Undefined: there is no such regular file. */
async function factsOf(path: string | Buffer): Promise<FileFacts | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (!stats.isFile()) return undefined;
    return { size: Number(stats.size), changedAt: String(stats.mtimeNs), usedAt: Number(stats.ctimeMs) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isUnchanged(name: string, { size, changedAt }: FileFacts, bootNow: string): boolean {
  const [, bytes, time, boot] = namePattern.exec(name) ?? [];
  return bytes === String(size) && time === changedAt && boot === bootNow;
}

function hashOf({ tenant, store, bucket, name, etag, size, sha256 = '' }: CacheKey): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, store, bucket, name, etag, size, sha256]))
    .digest('hex');
}

function hashIn(name: string): string {
  return name.slice(0, name.indexOf('-'));
}

/** False where that cannot be. */
async function linkAnew(from: string | Buffer, to: string | Buffer): Promise<boolean> {
  try {
    await link(from, to).catch(async (error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') throw error;
      await unlink(to);
      await link(from, to);
    });
    return true;
  } catch (error) {
    if (notHere.has(errnoOf(error))) return false;
    throw error;
  }
}
