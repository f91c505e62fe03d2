import { readdir, stat } from 'node:fs/promises';
import { basename, join, posix, relative, resolve, sep } from 'node:path';
import { ExecError } from '../../../support/exec-error.ts';
import { unreadable } from '../../terminal/read-text.ts';

/** A file of this machine that goes into the container. */
export interface LocalInput {
  /** Absolute, on this machine. */
  readonly source: string;
  /** Below /workspace/input. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
}

/**
 * What `-i FILE`, `-i FILE:PATH` and `-i DIRECTORY` name; a directory brings every file below it.
 * @throws ExecError INVALID_REQUEST for what cannot be read
 */
export async function gatherInputs(inputs: readonly string[], cwd: string): Promise<readonly LocalInput[]> {
  const gathered: LocalInput[] = [];
  for (const input of inputs) {
    const { source, path } = await splitInput(input, cwd);
    for (const file of await filesAt(source)) {
      const { size, mode } = await statOrExplain(file);
      const below = relative(source, file).split(sep).join(posix.sep);
      gathered.push({ source: file, path: posix.join(path, below), size, executable: (mode & 0o100) !== 0 });
    }
  }
  return gathered;
}

async function splitInput(input: string, cwd: string): Promise<{ source: string; path: string }> {
  const whole = resolve(cwd, input);
  const colon = input.lastIndexOf(':');
  // A file whose name holds a colon is meant as it stands.
  if (colon < 1 || (await isThere(whole))) return { source: whole, path: basename(whole) };
  const source = resolve(cwd, input.slice(0, colon));
  const path = input.slice(colon + 1);
  return { source, path: path === '' || path.endsWith('/') ? path + basename(source) : path };
}

async function filesAt(source: string): Promise<readonly string[]> {
  if (!(await statOrExplain(source)).isDirectory()) return [source];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function statOrExplain(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const { message } = unreadable(path, error);
    throw new ExecError('INVALID_REQUEST', `${message} -i names an input; standard input needs no option.`, {
      cause: error,
    });
  }
}
