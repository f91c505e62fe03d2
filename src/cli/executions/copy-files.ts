import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Control } from '../../agent/control/control.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import type { FileList } from '../../wire/http/files.ts';
import { partsOf } from '../../workspace/beneath/file-name.ts';
import { writeBeneath } from '../../workspace/beneath/write-beneath.ts';
import { createByteBudget } from '../../workspace/byte-budget.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { createProgressLine } from '../output/progress-line.ts';
import { count } from '../output/text/count.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface CpFlags extends ControlFlags {
  readonly force?: boolean;
}

type Entry = FileList['files'][number];

interface Copy {
  readonly entry: Entry;
  /** Below the directory that is written to. */
  readonly target: string;
}

const outputDirectory = '/workspace/output/';

/** `exec-agent cp`: output files of an execution to this host, or one of them to stdout. */
export function copyFiles(from: string, to: string, terminal: Terminal, flags: CpFlags): Promise<number> {
  const { id, path } = splitSource(from);
  const notify = sayOnInterrupt(terminal, 'Stopping.');
  return withControl(terminal, flags, (control, { config }) =>
    withInterrupt(notify, async (signal) => {
      const entries = selectFiles(await control.files(id), path, from);
      if (to === '-') return printFile(entries, { control, id, terminal, signal });
      const { directory, copies } = await planCopies(entries, path, resolve(terminal.cwd, to));
      if (flags.force !== true) await refuseExisting(directory, copies);
      const line = createProgressLine(terminal.stderr);
      const budget = createByteBudget(config.outputBytes, () => tooMuch(config.outputBytes));
      line.start(`Copying ${count(copies.length, 'file')} to ${directory} …`);
      try {
        for (const { entry, target } of copies) {
          line.update(`Copying ${entry.name} (${formatBytes(entry.size)}) …`);
          const source = await control.file(id, entry.name, signal);
          const replace = flags.force === true;
          await writeBeneath({ root: directory, parts: partsOf(target), source, mode: 0o644, budget, signal, replace });
        }
      } finally {
        line.end();
      }
      const bytes = copies.reduce((sum, { entry }) => sum + entry.size, 0);
      terminal.stderr.line(`Copied ${count(copies.length, 'file')} (${formatBytes(bytes)}) to ${directory}`);
      return exitCodes.ok;
    }),
  );
}

function splitSource(from: string): { readonly id: string; readonly path: string } {
  const colon = from.indexOf(':');
  if (colon < 1)
    throw new ExecError(
      'INVALID_REQUEST',
      `${from} names no execution. Write ID:PATH, such as 3f2a:report.csv. Inputs go into a request ("exec-agent run -i FILE").`,
    );
  const written = from.slice(colon + 1);
  const below = `${written}/`.startsWith(outputDirectory) ? written.slice(outputDirectory.length) : written;
  const path = posix.normalize(below === '' ? '.' : below);
  if (path.startsWith('/') || path.startsWith('..'))
    throw new ExecError(
      'INVALID_REQUEST',
      `${from}: only files below /workspace/output are kept. Write the path relative to it.`,
    );
  return { id: from.slice(0, colon), path: path === './' ? '.' : path };
}

/** The file of that name, or all below the directory of that name. */
function selectFiles(files: readonly Entry[], path: string, from: string): readonly Entry[] {
  const exact = files.filter(({ name }) => name === path);
  const found =
    exact.length > 0 ? exact : files.filter(({ name }) => path === '.' || name.startsWith(directoryName(path)));
  const [unkept] = found.filter(({ stored }) => !stored);
  if (unkept !== undefined)
    throw new ExecError(
      'OUTPUT_MISSING',
      `The content of ${unkept.name} was too large to keep. Set output.minio_upload in the request.`,
    );
  if (found.length > 0) return found;
  const names = files.slice(0, 5).map(({ name }) => name);
  const list =
    names.length === 0
      ? 'The execution has no output files.'
      : `It has ${names.join(', ')}${files.length > 5 ? ' and more' : ''}.`;
  throw new ExecError('INPUT_NOT_FOUND', `${from}: there is no such output file. ${list}`);
}

function directoryName(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** As with cp(1): into a directory that exists, else under the name that is given. */
async function planCopies(
  entries: readonly Entry[],
  path: string,
  to: string,
): Promise<{ readonly directory: string; readonly copies: readonly Copy[] }> {
  const [only] = entries;
  const intoDirectory = await isDirectory(to);
  if (only !== undefined && only.name === path) {
    const directory = await openDirectory(intoDirectory ? to : dirname(to));
    return { directory, copies: [{ entry: only, target: intoDirectory ? basename(only.name) : basename(to) }] };
  }
  const prefix = path === '.' ? '' : directoryName(path);
  // The contents of `dir/` go into the target, `dir` itself goes below a target that exists.
  const below = intoDirectory && prefix !== '' && !path.endsWith('/') ? `${basename(path)}/` : '';
  const copies = entries.map((entry) => ({ entry, target: below + entry.name.slice(prefix.length) }));
  return { directory: await openDirectory(to), copies };
}

async function refuseExisting(directory: string, copies: readonly Copy[]): Promise<void> {
  for (const { target } of copies) {
    const path = join(directory, target);
    const exists = await lstat(path).then(
      () => true,
      () => false,
    );
    if (exists)
      throw new ExecError(
        'INVALID_REQUEST',
        `${path} exists already. Replace it with --force, or copy to another place.`,
      );
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function openDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true });
    return await realpath(directory);
  } catch (error) {
    throw new ExecError('INVALID_REQUEST', `${directory} cannot be written to: ${messageOf(error)}.`, { cause: error });
  }
}

interface PrintContext {
  readonly control: Control;
  readonly id: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function printFile(entries: readonly Entry[], { control, id, terminal, signal }: PrintContext): Promise<number> {
  const [only, ...rest] = entries;
  if (only === undefined || rest.length > 0)
    throw new ExecError(
      'INVALID_REQUEST',
      'Only one file can be written to standard output. Name it, or a directory to copy to.',
    );
  const source = await control.file(id, only.name, signal);
  await pipeline(source, async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) terminal.stdout.raw(chunk);
  });
  return exitCodes.ok;
}

function tooMuch(limit: number): ExecError {
  return new ExecError(
    'OUTPUT_TOO_LARGE',
    `The files have more than ${formatBytes(limit)} (EXEC_OUTPUT_MAX). Copy fewer of them.`,
  );
}
