import { StringDecoder } from 'node:string_decoder';
import type { LogChunk } from '../../runtimes/runtime.ts';
import type { Clock } from '../../support/time/clock.ts';
import { type CutText, createBoundedText, cutBefore, joinCut } from './bounded-text.ts';
import { countLines } from './count-lines.ts';
import { createLogPieces, formatLog } from './logs/format-log.ts';
import type { LogSpool, SpooledLog } from './logs/log-spool.ts';
import { shortenForJson } from './shorten-for-json.ts';

/** The output of a container and the actions of the agent, up to a limit. */
export interface Transcript {
  write(chunk: LogChunk): void;
  /** Adds a log line about an action of the agent. */
  note(text: string): void;
  /** Ends the output of a container. An incomplete character at its end becomes U+FFFD. */
  endStreams(): void;
  /** Adds a mark to the end of the output and to the log, for output that was dropped. */
  mark(reason: string): void;
  /** Number of bytes of output so far. */
  writtenBytes(): number;
  writtenLines(): number;
  /** Number of bytes of output text so far, as UTF-8, including those that are dropped from its middle. */
  textBytes(): number;
  output(): string;
  /** The output behind the first so many bytes of its text. */
  outputSince(textBytes: number): string;
  /** One line each: ISO time, stream (`stdout`, `stderr`, `agent`), text. */
  logs(): string;
  /** Number of bytes dropped from the middle of the output. */
  omittedBytes(): number;
  /** Resolves once the disk has taken most of what was written. */
  drained(): Promise<void>;
  /** The whole output with its marks; undefined where nothing is dropped from it, or it is not kept. */
  whole(): Promise<SpooledLog | undefined>;
  close(): Promise<void>;
}

export interface TranscriptOptions {
  /** Maximum size of the output, and of the log. */
  readonly keepBytes: number;
  /** Maximum size of a response as JSON. Output and log get a quarter each. */
  readonly answerBytes: number;
  readonly clock: Clock;
  /** Takes the whole output once it is longer than `keepBytes`; absent: the middle is lost. */
  readonly spool?: LogSpool | undefined;
}

export function createTranscript({ keepBytes, answerBytes, clock, spool }: TranscriptOptions): Transcript {
  const output = createBoundedText(keepBytes);
  const log = createLogPieces(keepBytes);
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  let written = 0;
  let textBytes = 0;
  let lines = 0;

  let lastTime = 0;
  let marks = '';
  let isSpooling = false;

  const startSpooling = () => {
    isSpooling = true;
    spool?.append(output.read().beginning);
  };

  const note = (text: string) => log.append({ source: 'agent', time: clock.now() }, Buffer.from(`${text}\n`));
  const append = (source: 'stdout' | 'stderr', time: number, text: string) => {
    const bytes = Buffer.from(text);
    // One byte less than the limit: halves of an odd number lose one.
    if (!isSpooling && textBytes + bytes.length >= keepBytes) startSpooling();
    if (isSpooling) spool?.append(bytes);
    output.append(bytes);
    textBytes += bytes.length;
    log.append({ source, time }, bytes);
  };
  let short: { readonly of: string; readonly cut: CutText } | undefined;
  /** Computed once for the same output: it is asked for several times at the end. */
  const shortOutput = () => {
    const of = `${textBytes} ${marks}`;
    if (short?.of !== of) {
      const room = answerBytes / 4 - Buffer.byteLength(JSON.stringify(marks));
      short = { of, cut: shortenForJson(output.read(), room) };
    }
    return short.cut;
  };

  return {
    write({ stream, time, data }) {
      written += data.length;
      lines += countLines(data);
      lastTime = time;
      append(stream, time, decoders[stream].write(Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
    },
    note,
    endStreams() {
      for (const stream of streams) append(stream, lastTime, decoders[stream].end());
    },
    mark(reason) {
      marks += `\n[… ${reason} …]\n`;
      note(reason);
    },
    writtenBytes: () => written,
    writtenLines: () => lines,
    textBytes: () => textBytes,
    outputSince: (from) => joinCut(cutBefore(output.read(), from)),
    output: () => `${joinCut(shortOutput())}${marks}`,
    logs: () => joinCut(shortenForJson(formatLog(log, keepBytes), answerBytes / 4)),
    omittedBytes: () => shortOutput().omittedBytes,
    drained: async () => spool?.drained(),
    async whole() {
      if (spool === undefined || shortOutput().omittedBytes === 0) return undefined;
      if (!isSpooling) startSpooling();
      spool.append(Buffer.from(marks));
      return spool.end();
    },
    close: async () => spool?.close(),
  };
}

const streams = ['stdout', 'stderr'] as const;
