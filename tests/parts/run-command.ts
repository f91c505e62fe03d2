import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const maxBuffer = 16 * 1024 * 1024;

/** Runs a command to its end and returns its stdout; fails with what it printed. */
export async function runCommand(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer });
  return stdout;
}
