import { StringDecoder } from 'node:string_decoder';
import type { LogChunk } from '../runtimes/runtime.ts';
import type { Clock } from '../support/clock.ts';
import { createBoundedText } from './bounded-text.ts';

/** What a container wrote and what the agent did for it, bounded. */
export interface Transcript {
  write(chunk: LogChunk): void;
  /** A step of the agent's own. */
  note(text: string): void;
  /** Bytes that the container has written so far. */
  writtenBytes(): number;
  output(): string;
  /** One line each: ISO time, stream (`stdout`, `stderr`, `agent`), text. */
  logs(): string;
  omittedBytes(): number;
}

// A line without an end would be held whole; beyond this it is logged in parts.
const longestLine = 64 * 1024;

export function createTranscript({ keepBytes, clock }: { keepBytes: number; clock: Clock }): Transcript {
  const output = createBoundedText(keepBytes);
  const lines = createBoundedText(keepBytes);
  let written = 0;

  const line = (time: number, source: string, text: string) =>
    lines.append(`${new Date(time).toISOString()} ${source} ${text}\n`);
  const streams = {
    stdout: createLineSplitter((time, text) => line(time, 'stdout', text)),
    stderr: createLineSplitter((time, text) => line(time, 'stderr', text)),
  };
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  return {
    write({ stream, time, data }) {
      written += data.length;
      const text = decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      output.append(text);
      streams[stream].write(time, text);
    },
    note: (text) => line(clock.now(), 'agent', text),
    writtenBytes: () => written,
    output: () => output.toString(),
    logs() {
      streams.stdout.flush();
      streams.stderr.flush();
      return lines.toString();
    },
    omittedBytes: () => output.omittedBytes(),
  };
}

function createLineSplitter(emit: (time: number, text: string) => void) {
  let pending = '';
  let startedAt = 0;
  return {
    write(time: number, text: string) {
      if (pending === '') startedAt = time;
      const parts = (pending + text).split('\n');
      pending = parts.pop() ?? '';
      for (const part of parts) {
        emit(startedAt, part);
        startedAt = time;
      }
      if (pending.length > longestLine) this.flush();
    },
    flush() {
      if (pending !== '') emit(startedAt, pending);
      pending = '';
    },
  };
}
