import { type FileHandle, open } from 'node:fs/promises';
import { awaitWithSignal } from '../../../support/abort/await-with-signal.ts';
import { mapErrno } from '../../../support/files/map-errno.ts';
import { settlesWithin } from '../../../support/time/deadline.ts';
import type { LogChunk, LogOptions } from '../../runtime.ts';
import type { ContainerFiles } from './container-files.ts';
import { formatPosition, parsePosition } from './log-position.ts';
import { watchDirectory } from './watch-directory.ts';

const chunkBytes = 64 * 1024;
const streams = ['stdout', 'stderr'] as const;

export interface TailOptions extends LogOptions {
  readonly files: ContainerFiles;
  /** Settles when the container has ended. */
  readonly ended: Promise<unknown>;
  /** Whether it is known by then that nothing was written. */
  readonly isSilent: () => boolean;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
  /** Bytes of each stream; what lies beyond is not read. */
  readonly maxBytes: number;
  readonly pauseMs: number;
}

// By then a short container has ended, and a longer one is read from then on.
const firstReadMs = 40;

/**
 * Reads the two log files as they grow, a chunk of each in turn, until the container has ended and all is read. A file that
 * does not exist by then was never written to.
 */
export async function* tailLogs(options: TailOptions): AsyncGenerator<LogChunk, void> {
  const { files, signal, closed, maxBytes, pauseMs } = options;
  const offsets = parsePosition(options.from);
  let over = false;
  const markOver = () => {
    over = true;
  };
  const ended = options.ended.then(markOver, markOver);
  signal.throwIfAborted();
  await awaitWithSignal(awaitWithSignal(settlesWithin(ended, firstReadMs), signal), closed);
  if (over && options.isSilent()) return;
  const handles = await openLogs(files, { isWhole: over });
  try {
    for (;;) {
      // All output is written before the end, so one read after the end returns the rest.
      const last = over;
      let hasRead = false;
      let hasMore = false;
      // Watch from before the read, so that no change is missed, and only until the next pause: a container that writes a
      // byte at a time would otherwise keep the agent busy with events.
      const watch = last ? undefined : watchDirectory(files.directory);
      try {
        for (const [index, stream] of streams.entries()) {
          const read = await readChunk(handles[index], offsets[stream], maxBytes);
          signal.throwIfAborted();
          if (read === undefined) continue;
          const { left, ...chunk } = read;
          hasRead = true;
          hasMore ||= left > 0;
          offsets[stream] += chunk.data.length;
          yield { stream, ...chunk, position: formatPosition(offsets) };
        }
        if (hasRead && (watch !== undefined || hasMore)) continue;
        if (watch === undefined) return;
        await awaitWithSignal(awaitWithSignal(Promise.race([watch.changed(), ended]), signal), closed);
      } finally {
        watch?.close();
      }
      await Promise.race([pause(pauseMs), ended]);
    }
  } finally {
    await Promise.all(handles.map((handle) => handle?.close()));
  }
}

/** While the container runs, either its keeper or this agent creates a file, so that there is one to watch. */
function openLogs(
  { stdout, stderr }: ContainerFiles,
  { isWhole }: { readonly isWhole: boolean },
): Promise<readonly (FileHandle | undefined)[]> {
  const openOne = (path: string) => (isWhole ? mapErrno(open(path), { ENOENT: undefined }) : open(path, 'a+'));
  return Promise.all([openOne(stdout), openOne(stderr)]);
}

interface ReadChunk extends Pick<LogChunk, 'time' | 'data'> {
  /** Bytes that were in the file after it. */
  readonly left: number;
}

async function readChunk(
  handle: FileHandle | undefined,
  offset: number,
  maxBytes: number,
): Promise<ReadChunk | undefined> {
  if (handle === undefined) return undefined;
  const { size, mtimeMs } = await handle.stat();
  const length = Math.min(size, maxBytes) - offset;
  if (length <= 0) return undefined;
  const buffer = new Uint8Array(Math.min(length, chunkBytes));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  if (bytesRead === 0) return undefined;
  return { time: Math.floor(mtimeMs), data: buffer.subarray(0, bytesRead), left: length - bytesRead };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
