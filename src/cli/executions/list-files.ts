import { formatBytes } from '../../support/text/bytes.ts';
import { printableLine } from '../../support/text/printable.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface FilesFlags extends ControlFlags {
  readonly json?: boolean;
}

/** `exec-agent files`: what an execution left in its output directory. */
export function listFiles(id: string, terminal: Terminal, flags: FilesFlags): Promise<number> {
  const { stdout, stderr } = terminal;
  return withControl(terminal, flags, async (control) => {
    const files = await control.files(id);
    if (flags.json === true) stdout.line(JSON.stringify({ files }));
    else if (files.length === 0) stderr.line('The execution has no output files.');
    else {
      const head = ['NAME', 'SIZE', 'TYPE', ''].map((title) => stdout.colors.bold(title));
      const rows = files.map(({ name, size, content_type: type, stored }) => [
        printableLine(name),
        formatBytes(size),
        printableLine(type),
        stored ? '' : stdout.colors.yellow('content not kept'),
      ]);
      for (const line of formatTable([head, ...rows])) stdout.line(line);
    }
    return exitCodes.ok;
  });
}
