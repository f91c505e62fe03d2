import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { findProgram } from '../../../src/support/processes/find-program.ts';
import { becomesTrue } from '../poll.ts';

export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Gets stdout and stderr. */
  readonly logFile: string;
  readonly isReady: () => Promise<boolean>;
}

export interface Daemon {
  readonly pid: number;
  /** Sends the signal and waits for the end; safe on one that has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A daemon ended before it was ready. */
export class DaemonEnded extends Error {
  readonly exitCode: number | null;

  constructor(program: string, exitCode: number | null, log: string) {
    super(
      `${program} ended with code ${exitCode} before it was ready: ${log.trim().split('\n').slice(-3).join(' | ')}`,
    );
    this.exitCode = exitCode;
  }
}

const readyWithinMs = 60_000;

/** Starts a program that the kernel ends when this process dies, and waits until it is ready. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { program, args } = options;
  const path = await findProgram(program, process.env.PATH ?? '');
  if (path === undefined) throw new Error(`${program} is not installed`);
  await using log = await open(options.logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', path, ...args], { stdio: ['ignore', log.fd, log.fd] });
  const exited = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!hasEnded()) child.kill(signal);
    await exited;
  };
  const ready = await becomesTrue(async () => hasEnded() || (await options.isReady()), readyWithinMs);
  if (hasEnded()) throw new DaemonEnded(program, child.exitCode, await readFile(options.logFile, 'utf8'));
  if (!ready || child.pid === undefined) {
    await stop('SIGKILL');
    throw new Error(`${program} was not ready within ${readyWithinMs} ms; its log is ${options.logFile}`);
  }
  return { pid: child.pid, stop };
}
