import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';

const main = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
const patienceMs = 30_000;

export interface CliOptions {
  readonly cwd: string;
  /** Set besides what the test itself runs with; undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: standard input stays open and empty. */
  readonly stdin?: string;
}

export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  kill(signal: NodeJS.Signals): void;
  /** Resolves once the text has appeared on stderr. */
  says(text: string): Promise<void>;
  /** All of it so far. */
  stderr(): string;
  readonly ended: Promise<CliEnd>;
}

/** The program as users start it, in a process of its own. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  return start([process.execPath, main, ...args], options);
}

/** Runs it to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliEnd> {
  return startCli(args, { stdin: '', ...options }).ended;
}

/** Runs it to its end where the engine's processes cannot be seen, as in a container or on another machine. */
export function runCliElsewhere(args: readonly string[], options: CliOptions): Promise<CliEnd> {
  const unseeing = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
  return start([...unseeing, process.execPath, main, ...args], { stdin: '', ...options }).ended;
}

/**
 * Runs a line of bash to its end.
 * @param line in which `$0` is the program
 */
export function runInShell(line: string, options: CliOptions): Promise<CliEnd> {
  const program = `${process.execPath} ${main}`;
  return start(['bash', '-c', line.replaceAll('$0', program)], { stdin: '', ...options }).ended;
}

/**
 * Runs it to its end at a terminal, where stdout and stderr are one.
 * @param args as a shell reads them
 */
export async function runCliOnTerminal(args: readonly string[], { env, ...options }: CliOptions): Promise<CliEnd> {
  const line = [process.execPath, main, ...args].join(' ');
  const terminal = start(['script', '-qec', line, '/dev/null'], { ...options, env: { ...env, NO_COLOR: '1' } });
  const end = await terminal.ended;
  return { ...end, stdout: end.stdout.replaceAll('\r\n', '\n') };
}

function start([program = '', ...args]: readonly string[], { cwd, env, stdin }: CliOptions): RunningCli {
  const unset = { REDIS_URL: undefined, NO_COLOR: undefined, EXEC_URL: undefined, EXEC_TOKEN: undefined };
  const environment = { ...process.env, ...unset, XDG_CONFIG_HOME: join(cwd, 'config'), ...env };
  const child = spawn(program, args, { cwd, env: environment, stdio: 'pipe' });
  // A test that fails half-way leaves no process behind.
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  if (stdin !== undefined) child.stdin.end(stdin);
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    kill: (signal) => child.kill(signal),
    async says(text) {
      const said = await becomesTrue(() => stderr.includes(text) || child.exitCode !== null, patienceMs);
      if (!said || !stderr.includes(text)) throw new Error(`stderr never said ${text}:\n${stderr}`);
    },
    stderr: () => stderr,
    ended,
  };
}
