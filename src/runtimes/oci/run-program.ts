import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** 0 for success; 128+n for a signal. */
  readonly code: number;
  /** The end of stdout and stderr together. */
  readonly output: string;
}

const keptCharacters = 16 * 1024;
const unknownCode = 255;

/**
 * Runs a program to its end. An aborted signal kills it; then the call rejects with the signal's reason once it has gone.
 * @throws the signal's reason, or a system error when it cannot be run
 */
export function runProgram([program = '', ...args]: readonly string[], options: RunOptions): Promise<RunResult> {
  const { environment, signal, onLine } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    let output = '';
    const hear = (text: string) => {
      output = (output + text).slice(-keptCharacters);
      for (const line of text.split(/[\r\n]+/)) if (line !== '') onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason);
      else resolve({ code: code ?? unknownCode, output });
    });
  });
}
