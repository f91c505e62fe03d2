import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a program with the given streams and passes on the signals that only this process got.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code, 128+n when signal n ended it
 */
export async function runChild(command, args, options = {}) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the child as well; a second one would tell it to hurry.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal);
  };
  // Before the start: a signal that comes right after it must not end this process alone.
  for (const signal of signals) process.on(signal, forward);
  try {
    const started = spawn(command, args, { stdio: 'inherit', ...options });
    child = started;
    return await new Promise((resolve, reject) => {
      started.once('error', reject);
      started.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

/**
 * Runs a program and keeps what it prints.
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function runQuietly(command, args) {
  /** @type {Buffer[]} */
  const chunks = [];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  /** @type {number} */
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  return { code, output: Buffer.concat(chunks).toString() };
}

/** @param {string} name a program of a dependency */
export function binary(name) {
  return join('node_modules', '.bin', name);
}

/** The compiler in machine code. The package `typescript` is older: other tools need its JavaScript API. */
export const tsc = join('node_modules', 'typescript-7', 'bin', 'tsc');
