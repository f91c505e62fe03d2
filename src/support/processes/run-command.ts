import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { onAbort } from '../abort/on-abort.ts';

export interface CommandOptions {
  /** Absent: that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** What the command reads from stdin; absent: nothing. */
  readonly input?: string;
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Bytes of stdout after which the command is killed. */
  readonly maxStdoutBytes?: number;
}

export interface CommandResult {
  /** 0 for success; 128+n for a signal. */
  readonly code: number;
  readonly stdout: string;
  /** The last 16 KiB. */
  readonly stderr: string;
  /** The last 16 KiB of stdout and stderr together, as they came. */
  readonly output: string;
}

const keptCharacters = 16 * 1024;
const defaultMaxStdoutBytes = 16 * 1024 ** 2;
const unknownCode = 255;

/**
 * Runs a command to its end. An aborted signal kills it; then the call rejects with the signal's reason once it has ended.
 * @throws the signal's reason, or a system error when it cannot be run
 */
export async function runCommand(
  [program = '', ...args]: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { environment, signal, input, onLine, maxStdoutBytes = defaultMaxStdoutBytes } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(environment === undefined ? {} : { env: environment }),
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const release = onAbort(signal, () => child.kill('SIGKILL'));
    const pieces: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let output = '';
    const add = (text: string) => {
      output = (output + text).slice(-keptCharacters);
      if (onLine !== undefined) for (const line of text.split(/[\r\n]+/)) if (line !== '') onLine(line);
    };
    const decoder = new StringDecoder('utf8');
    child.stdout?.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxStdoutBytes) child.kill('SIGKILL');
      else pieces.push(piece);
      add(decoder.write(piece));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-keptCharacters);
      add(text);
    });
    // A command that ends without reading shows why by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (code, killedBy) => {
      release();
      if (signal?.aborted === true) reject(signal.reason);
      else resolve({ code: code ?? codeOf(killedBy), stdout: Buffer.concat(pieces).toString(), stderr, output });
    });
  });
}

function codeOf(signal: NodeJS.Signals | null): number {
  return signal === null ? unknownCode : 128 + constants.signals[signal];
}
