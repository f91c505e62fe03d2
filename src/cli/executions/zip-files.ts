import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ExecError, errnoOf, messageOf } from '../../support/exec-error.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { count } from '../output/text/count.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface ZipFlags extends ControlFlags {
  /** A file, or `-` for standard output. */
  readonly zip: string;
  readonly force?: boolean;
}

/** `exec-agent files --zip`: all output files of an execution as a zip archive. One that breaks off is removed. */
export function zipFiles(id: string, terminal: Terminal, { zip, force, ...flags }: ZipFlags): Promise<number> {
  const notify = sayOnInterrupt(terminal, 'Stopping.');
  return withControl(terminal, flags, (control) =>
    withInterrupt(notify, async (signal) => {
      const { body, leftOut } = await control.zip(id, signal);
      if (zip === '-')
        await pipeline(
          body,
          async (chunks: AsyncIterable<Uint8Array>) => {
            for await (const chunk of chunks) terminal.stdout.raw(chunk);
          },
          { signal },
        );
      else await writeArchive(body, resolve(terminal.cwd, zip), { replace: force === true, signal });
      if (leftOut > 0) terminal.stderr.line(`${count(leftOut, 'file')} left out: the contents were too large to keep.`);
      if (zip !== '-') terminal.stderr.line(`Wrote ${resolve(terminal.cwd, zip)}`);
      return exitCodes.ok;
    }),
  );
}

interface WriteArchive {
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/** @throws ExecError INVALID_REQUEST for a path that cannot be written to */
async function writeArchive(body: NodeJS.ReadableStream, path: string, { replace, signal }: WriteArchive) {
  let isOpen = false;
  const file = createWriteStream(path, { flags: replace ? 'w' : 'wx' });
  file.once('open', () => {
    isOpen = true;
  });
  try {
    await pipeline(body, file, { signal });
  } catch (error) {
    if (isOpen) await rm(path, { force: true });
    if (errnoOf(error) === 'EEXIST')
      throw new ExecError('INVALID_REQUEST', `${path} exists already. Replace it with --force, or name another file.`);
    if (!isOpen && errnoOf(error) !== undefined)
      throw new ExecError('INVALID_REQUEST', `${path} cannot be written to: ${messageOf(error)}.`, { cause: error });
    throw error;
  }
}
