import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExecError } from '../../support/exec-error.ts';
import { readIfThere } from '../../support/files/read-if-there.ts';
import { runCommand } from '../../support/processes/run-command.ts';
import type { Sink } from '../terminal/terminal.ts';
import type { ServiceEntry } from './service-files.ts';

/** How an installation or its removal is done. */
export interface Work {
  readonly root: string;
  readonly dryRun: boolean;
  readonly stdout: Sink;
}

/** Writes a file or directory, or prints it. */
export async function write({ path, mode, text, keeps }: ServiceEntry, { dryRun, stdout }: Work): Promise<void> {
  if (dryRun) {
    stdout.line(`${text === undefined ? 'directory' : 'file'} ${path} (mode ${mode.toString(8).padStart(4, '0')})`);
    if (text !== undefined) stdout.line(text.replaceAll(/^(?=.)/gm, '    '));
    return;
  }
  if (text === undefined) {
    await mkdir(path, { recursive: true });
  } else {
    await mkdir(dirname(path), { recursive: true });
    const isKept = keeps && (await readIfThere(path)) !== undefined;
    if (!isKept) await writeFile(path, text, { mode });
  }
  // Also of what was there before, and independent of the umask.
  await chmod(path, mode);
  stdout.line(`${path} written`);
}

/** Removes a file, or a directory with all that it holds. */
export async function remove(path: string, { dryRun, stdout }: Work): Promise<void> {
  if (!dryRun) await rm(path, { recursive: true, force: true });
  stdout.line(`${dryRun ? 'remove' : 'removed'} ${path}`);
}

/** Runs a command. Below another root the system that will run there has to do it. */
export async function execute(command: readonly string[], { root, dryRun, stdout }: Work): Promise<void> {
  const line = command.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ');
  stdout.line(dryRun ? `run ${line}` : root === '/' ? line : `not run below ${root}: ${line}`);
  if (dryRun || root !== '/') return;
  const { code, output } = await runCommand(command, {});
  if (code !== 0)
    throw new ExecError('RUNTIME_UNAVAILABLE', `"${line}" ended with code ${code}: ${output.trim() || 'no output'}`);
}
