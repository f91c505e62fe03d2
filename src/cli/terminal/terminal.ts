import { fstatSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import pc from 'picocolors';
import { printableWithColors } from '../../support/text/printable.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** Where text goes: answers to stdout, everything else to stderr. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Colours on a terminal that wants them; plain text otherwise. */
  readonly colors: Colors;
  /** Whether control characters are escaped: on a terminal, unless --raw was given. */
  readonly escapes: boolean;
  columns(): number;
  /** Text, of which only colours reach a terminal as they are. */
  write(text: string): void;
  line(text?: string): void;
  /** Bytes as they are, also on a terminal. */
  raw(data: string | Uint8Array): void;
}

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Whether standard input is a pipe or a file: no terminal, no device, and no socket that another program may leave open. */
  readonly hasInput: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** The stream below `stdout`, for bytes that need back-pressure. */
  readonly output: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(data: string | Uint8Array): unknown;
}

const columnsElsewhere = 100;

export function createSink(stream: OutputStream, env: Terminal['env']): Sink {
  const isTerminal = stream.isTTY === true;
  const isForced = !['', '0', 'false'].includes(env.FORCE_COLOR ?? '');
  const wantsColors = (env.NO_COLOR ?? '') === '' && (isForced || (isTerminal && env.TERM !== 'dumb'));
  return {
    isTerminal,
    colors: pc.createColors(wantsColors),
    columns: () => stream.columns ?? columnsElsewhere,
    ...writersOf((data) => void stream.write(data), isTerminal),
  };
}

type Writers = Pick<Sink, 'escapes' | 'write' | 'line' | 'raw'>;

function writersOf(raw: Sink['raw'], escapes: boolean): Writers {
  const shown = escapes ? printableWithColors : (text: string) => text;
  return { escapes, raw, write: (text) => raw(shown(text)), line: (text = '') => raw(`${shown(text)}\n`) };
}

/** The same terminal for --raw: nothing is escaped. */
export function withoutEscaping(terminal: Terminal): Terminal {
  const unescaped = (sink: Sink): Sink => ({ ...sink, ...writersOf(sink.raw, false) });
  return { ...terminal, stdout: unescaped(terminal.stdout), stderr: unescaped(terminal.stderr) };
}

function isPipeOrFile(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isFile();
  } catch {
    // It is closed.
    return false;
  }
}

/** The terminal of this process. A reader that goes away (`… | head`) ends nothing: what runs is still cleaned up. */
export function openTerminal({ stdin, stdout, stderr, env, cwd }: NodeJS.Process): Terminal {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    stdin,
    hasInput: isPipeOrFile(stdin.fd),
    output: stdout,
    stdout: createSink(stdout, env),
    stderr: createSink(stderr, env),
    env,
    cwd: cwd(),
  };
}
