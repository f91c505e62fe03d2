import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface SessionOptions {
  readonly cwd: string;
  /** All that the shell gets. */
  readonly env: Readonly<Record<string, string>>;
}

export interface PlayedStep {
  /** What a terminal shows in the end, without lines that were erased. */
  readonly output: string;
  readonly exitCode: number;
}

// No command prints it.
const mark = '\u001e';
const eraseLine = '\u001b[2K';

/** Runs commands one after another in one bash on a terminal, as a person would; what still runs is ended with it. */
export async function playSession(commands: readonly string[], { cwd, env }: SessionOptions): Promise<PlayedStep[]> {
  const begin = ['stty cols 100', `trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT`];
  const lines = [...begin, ...commands.flatMap((command) => [command, `printf '${mark}%s${mark}' $?`])];
  const child = spawn('script', ['-qec', `bash -c "$SESSION"`, '/dev/null'], {
    cwd,
    env: { ...env, SESSION: lines.join('\n') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const parts = printed.replaceAll('\r\n', '\n').split(mark);
    return commands.map((_, index) => ({
      output: shownOf(parts[index * 2] ?? ''),
      exitCode: Number(parts[index * 2 + 1] ?? 'NaN'),
    }));
  } finally {
    child.kill();
  }
}

function shownOf(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split(eraseLine).at(-1)?.replaceAll('\r', ''))
    .join('\n');
}
