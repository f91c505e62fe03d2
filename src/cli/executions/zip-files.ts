import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { count } from '../output/text/count.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { sayOnInterrupt, withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { writeArchive } from './write-archive.ts';

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
