import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** A directory in the memory of a child process, which no path of this process leads to. */
export interface PrivatePlace {
  /** The directory, as the processes in the place see it. */
  readonly directory: string;
  /** Starts a process that sees the directory. */
  start(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Runs a shell script to its end. */
  run(script: string): Promise<void>;
  /** A connection to the program beside the data, which does that task. */
  connect(task: 'stage' | 'collect'): { readonly connection: Duplex; readonly ended: Promise<unknown> };
  remove(): Promise<void>;
}

/** Opens a place that is empty; a mount namespace of its own makes it private. Needs root. */
export async function openPrivatePlace(): Promise<PrivatePlace> {
  const directory = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  const script = `mount -t tmpfs -o mode=700 none ${directory} && echo ready && exec cat`;
  const keeper = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(keeper.stdout, 'data');

  const start: PrivatePlace['start'] = (program, args, env = {}) =>
    spawn('nsenter', ['--target', String(keeper.pid), '--mount', program, ...args], {
      cwd: '/',
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  return {
    directory,
    start,
    async run(commands) {
      const child = start('sh', ['-e', '-c', commands]);
      let said = '';
      child.stderr?.on('data', (text) => {
        said += text;
      });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`the script ended with ${code}: ${said}`);
    },
    connect(task) {
      const child = start(process.execPath, [main, task]);
      const { stdin, stdout } = child;
      if (stdin === null || stdout === null) throw new Error('the program has no pipes');
      child.stderr?.pipe(process.stderr);
      return { connection: Duplex.from({ readable: stdout, writable: stdin }), ended: once(child, 'close') };
    },
    async remove() {
      const gone = once(keeper, 'close');
      keeper.kill('SIGKILL');
      await gone;
      await rmdir(directory);
    },
  };
}
