import { StringDecoder } from 'node:string_decoder';
import type { LogChunk } from '../runtimes/runtime.ts';
import type { Clock } from '../support/clock.ts';
import { createBoundedText } from './bounded-text.ts';
import { createLogPieces, formatLog } from './format-log.ts';
import { shortenForJson } from './shorten-for-json.ts';

/** What a container wrote and what the agent did for it, bounded. */
export interface Transcript {
  write(chunk: LogChunk): void;
  /** A step of the agent's own. */
  note(text: string): void;
  /** The last that it takes of what the container writes: a mark in both texts. */
  end(reason: string): void;
  /** What the container has written so far. */
  writtenBytes(): number;
  writtenLines(): number;
  output(): string;
  /** One line each: ISO time, stream (`stdout`, `stderr`, `agent`), text. */
  logs(): string;
  omittedBytes(): number;
}

export interface TranscriptOptions {
  /** Of the output, and of the log. */
  readonly keepBytes: number;
  /** Of an answer as JSON, of which each of the two has a quarter. */
  readonly answerBytes: number;
  readonly clock: Clock;
}

export function createTranscript({ keepBytes, answerBytes, clock }: TranscriptOptions): Transcript {
  const output = createBoundedText(keepBytes);
  const log = createLogPieces(keepBytes);
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  let written = 0;
  let lines = 0;

  const note = (text: string) => log.append({ source: 'agent', time: clock.now() }, Buffer.from(`${text}\n`));

  return {
    write({ stream, time, data }) {
      written += data.length;
      lines += countLines(data);
      const text = decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      const bytes = Buffer.from(text);
      output.append(bytes);
      log.append({ source: stream, time }, bytes);
    },
    note,
    end(reason) {
      output.append(`\n[… ${reason} …]\n`);
      note(reason);
    },
    writtenBytes: () => written,
    writtenLines: () => lines,
    output: () => shortenForJson(output.toString(), answerBytes / 4),
    logs: () => shortenForJson(formatLog(log, keepBytes), answerBytes / 4),
    omittedBytes: () => output.omittedBytes(),
  };
}

const lineFeed = 0x0a;

function countLines(data: Uint8Array): number {
  let lines = 0;
  for (let at = data.indexOf(lineFeed); at !== -1; at = data.indexOf(lineFeed, at + 1)) lines += 1;
  return lines;
}
