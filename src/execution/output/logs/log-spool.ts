import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { countLines } from '../../../support/text/count-lines.ts';

/** Collects the whole output of an execution on the disk, however long it is. */
export interface LogSpool {
  append(bytes: Uint8Array): void;
  /** Resolves once few bytes wait for the disk. */
  drained(): Promise<void>;
  /**
   * All that was appended.
   * @throws the error of the disk
   */
  end(): Promise<SpooledLog>;
  close(): Promise<void>;
}

export interface SpooledLog {
  readonly handle: FileHandle;
  readonly size: number;
  /** Line feeds in it. */
  readonly lines: number;
  /** Bytes at the end that were more than the limit. */
  readonly omittedBytes: number;
}

export interface SpoolOptions {
  readonly directory: string;
  /** Maximum number of bytes in the file. */
  readonly limitBytes: number;
}

const mostWaiting = 1024 ** 2;
// Output can arrive one byte at a time.
const writeBytes = 64 * 1024;

/** The file has no name, so that nothing is left of it when the agent dies. It is made with the first bytes. */
export function createLogSpool({ directory, limitBytes }: SpoolOptions): LogSpool {
  let file: Promise<FileHandle> | undefined;
  let written: Promise<unknown> = Promise.resolve();
  let problem: { readonly error: unknown } | undefined;
  let [size, lines, waiting, omittedBytes] = [0, 0, 0, 0];
  let collected: Uint8Array[] = [];
  let collectedBytes = 0;

  const write = async (bytes: Uint8Array) => {
    try {
      if (problem === undefined) await (await openFile()).appendFile(bytes);
    } catch (error) {
      problem = { error };
    } finally {
      waiting -= bytes.length;
    }
  };
  const openFile = () => {
    file ??= openUnnamed(directory);
    return file;
  };

  const flush = () => {
    const bytes = Buffer.concat(collected);
    collected = [];
    collectedBytes = 0;
    waiting += bytes.length;
    written = written.then(() => write(bytes));
  };

  return {
    append(bytes) {
      const kept = bytes.subarray(0, limitBytes - size);
      omittedBytes += bytes.length - kept.length;
      if (kept.length === 0) return;
      size += kept.length;
      lines += countLines(kept);
      collected.push(kept);
      collectedBytes += kept.length;
      if (collectedBytes >= writeBytes) flush();
    },
    async drained() {
      if (waiting > mostWaiting) await written;
    },
    async end() {
      flush();
      await written;
      if (problem !== undefined) throw problem.error;
      return { handle: await openFile(), size, lines, omittedBytes };
    },
    async close() {
      await written;
      const handle = await file?.catch(() => undefined);
      await handle?.close();
    },
  };
}

async function openUnnamed(directory: string): Promise<FileHandle> {
  const path = join(directory, `log-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  await unlink(path);
  return handle;
}
