import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { ExecError, errnoOf, messageOf } from '../../../support/exec-error.ts';
import {
  type LauncherPlaces,
  type LaunchOrder,
  type LaunchStrategy,
  launcherCommand,
  launcherEnvironment,
  type RemovalOrder,
  writeOrder,
  writeRemoval,
} from './launcher-command.ts';

/** What a launcher reports of a container that has ended. */
export interface LaunchedEnd {
  readonly code: number;
  /** Nothing was written to its streams. */
  readonly isSilent: boolean;
}

/** Starts containers that outlive this process. */
export interface Launchers {
  /**
   * @returns the exit code, once the container has ended; undefined when that can only be found in its files: the
   * launcher was killed, the runtime is closed, or the container had been launched before
   * @throws ExecError RUNTIME_UNAVAILABLE
   */
  launch(order: LaunchOrder): Promise<LaunchedEnd | undefined>;
  /**
   * Removes what is left of containers that have ended, if that is little and nothing stands against it.
   * @returns whether all of it is gone; false when no launcher runs. Never rejects.
   */
  remove(order: RemovalOrder): Promise<boolean>;
  /** What was launched goes on. */
  close(): void;
}

export interface LaunchersOptions {
  readonly way: LaunchStrategy;
  readonly places: LauncherPlaces;
  /** `$PATH` of what is launched. */
  readonly path: string;
  /** Aborted when the runtime detaches. */
  readonly closed: AbortSignal;
}

interface Pending {
  resolve(end: LaunchedEnd | undefined): void;
  reject(error: ExecError): void;
}

interface Launcher {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly pending: Map<number, Pending>;
}

// As launcher.c says.
const alreadyLaunched = 75;
const reportPattern = /^(\d+) (\d+)( silent)?$/;

export function createLaunchers({ way, places, path, closed }: LaunchersOptions): Launchers {
  const [program = '', ...args] = launcherCommand(way, places);
  const env = launcherEnvironment(way, path);
  let current: Launcher | undefined;
  let orders = 0;

  function start(): Launcher {
    // A session of its own: what ends us does not end it before it knows.
    const child = spawn(program, args, { cwd: '/', detached: true, env, stdio: ['pipe', 'pipe', 'ignore'] });
    const launcher: Launcher = { process: child, pending: new Map() };
    const { pending } = launcher;
    const settle = (how: (each: Pending) => void) => {
      detach(launcher);
      if (current === launcher) current = undefined;
      for (const each of pending.values()) how(each);
      pending.clear();
    };
    child.once('error', (error) => settle((each) => each.reject(cannotLaunch(error))));
    // Its keepers may hold the output open for long.
    child.once('exit', () => settle((each) => each.resolve(undefined)));
    // Callers are notified when the launcher exits, so a broken pipe adds no information.
    child.stdin.on('error', () => child.stdin.destroy());
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, number, code, silent] = reportPattern.exec(line) ?? [];
      const end = { code: Number(code), isSilent: silent !== undefined };
      pending.get(Number(number))?.resolve(end.code === alreadyLaunched ? undefined : end);
      pending.delete(Number(number));
      if (pending.size === 0) detach(launcher);
    });
    detach(launcher);
    return launcher;
  }

  function close(): void {
    closed.removeEventListener('abort', close);
    current?.process.stdin.end();
    if (current === undefined) return;
    detach(current);
    for (const each of current.pending.values()) each.resolve(undefined);
    current.pending.clear();
    current = undefined;
  }
  closed.addEventListener('abort', close);

  function give(launcher: Launcher, write: (number: number) => string, answer: Pending): void {
    orders += 1;
    // A pending order keeps this process alive.
    hold(launcher);
    launcher.pending.set(orders, answer);
    launcher.process.stdin.write(write(orders));
  }

  return {
    launch(order) {
      current ??= start();
      const launcher = current;
      return new Promise((resolve, reject) =>
        give(launcher, (number) => writeOrder(number, order), { resolve, reject }),
      );
    },
    remove(order) {
      const launcher = current;
      if (launcher === undefined) return Promise.resolve(false);
      return new Promise((resolve) =>
        give(launcher, (number) => writeRemoval(number, order), {
          resolve: (end) => resolve(end?.code === 0),
          reject: () => resolve(false),
        }),
      );
    },
    close,
  };
}

function hold({ process }: Launcher): void {
  process.ref();
  if (process.stdout instanceof Socket) process.stdout.ref();
}

function detach({ process }: Launcher): void {
  process.unref();
  for (const stream of [process.stdin, process.stdout]) if (stream instanceof Socket) stream.unref();
}

function cannotLaunch(error: Error): ExecError {
  const cure =
    errnoOf(error) === 'EACCES'
      ? ' Its file system may forbid programs (noexec): choose another place with EXEC_DATA_DIR.'
      : '';
  return new ExecError('RUNTIME_UNAVAILABLE', `The launcher could not be run: ${messageOf(error)}.${cure}`, {
    cause: error,
  });
}
