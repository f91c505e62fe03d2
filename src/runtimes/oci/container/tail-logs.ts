import { type FileHandle, open } from 'node:fs/promises';
import { awaitWithSignal } from '../../../support/abort/await-with-signal.ts';
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
  /** Aborted when the runtime lets go of everything. */
  readonly closed: AbortSignal;
  /** Bytes of each stream; what lies beyond is not read. */
  readonly maxBytes: number;
  readonly pauseMs: number;
}

/** Reads the two log files as they grow, a chunk of each in turn, until the container has ended and all is read. */
export async function* tailLogs(options: TailOptions): AsyncGenerator<LogChunk, void> {
  const { files, signal, closed, maxBytes, pauseMs } = options;
  const offsets = parsePosition(options.from);
  let over = false;
  const markOver = () => {
    over = true;
  };
  const ended = options.ended.then(markOver, markOver);
  signal.throwIfAborted();
  // Either the launcher or this agent creates the files.
  const handles = await Promise.all([open(files.stdout, 'a+'), open(files.stderr, 'a+')]);
  try {
    for (;;) {
      // All output is written before the end, so one read after the end returns the rest.
      const last = over;
      const read = { ...offsets };
      // Watch from before the read, so that no change is missed, and only until the next pause: a container that writes a
      // byte at a time would otherwise keep the agent busy with events.
      const watch = last ? undefined : watchDirectory(files.directory);
      try {
        for (const [index, stream] of streams.entries()) {
          const chunk = await readChunk(handles[index], offsets[stream], maxBytes);
          signal.throwIfAborted();
          if (chunk === undefined) continue;
          offsets[stream] += chunk.data.length;
          yield { stream, ...chunk, position: formatPosition(offsets) };
        }
        if (read.stdout !== offsets.stdout || read.stderr !== offsets.stderr) continue;
        if (watch === undefined) return;
        await awaitWithSignal(awaitWithSignal(Promise.race([watch.changed(), ended]), signal), closed);
      } finally {
        watch?.close();
      }
      await Promise.race([pause(pauseMs), ended]);
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
}

async function readChunk(
  handle: FileHandle | undefined,
  offset: number,
  maxBytes: number,
): Promise<Pick<LogChunk, 'time' | 'data'> | undefined> {
  if (handle === undefined) return undefined;
  const { size, mtimeMs } = await handle.stat();
  const length = Math.min(size, maxBytes) - offset;
  if (length <= 0) return undefined;
  const buffer = new Uint8Array(Math.min(length, chunkBytes));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  return bytesRead === 0 ? undefined : { time: Math.floor(mtimeMs), data: buffer.subarray(0, bytesRead) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
