import { ExecError } from '../../support/exec-error.ts';
import type { LogLine } from '../../wire/live.ts';
import { type ControlFlags, withControl } from '../control/with-control.ts';
import { createOutputFilter } from '../output/output-filter.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface LogsFlags extends ControlFlags {
  readonly follow?: boolean;
  /** Number of lines at the end. */
  readonly tail?: number;
}

/** `exec-agent logs`: what the container wrote, stdout to stdout and stderr to stderr. */
export async function showLogs(id: string, terminal: Terminal, flags: LogsFlags): Promise<number> {
  const filters = { stdout: createOutputFilter(terminal.stdout), stderr: createOutputFilter(terminal.stderr) };
  const { tail } = flags;
  const follow = flags.follow === true;
  if (tail !== undefined && follow)
    throw new ExecError('INVALID_REQUEST', '--tail: prints what there is now. Leave out --follow, or --tail.');
  const { stderr } = terminal;
  const print = ({ stream, text, omitted }: Pick<LogLine, 'stream' | 'text' | 'omitted'>) => {
    if (omitted !== undefined) stderr.line(stderr.colors.dim(`[… ${omitted} bytes no longer kept …]`));
    filters[stream].write(text);
  };
  const printed = withControl(terminal, flags, async (control) => {
    await withInterrupt(
      () => undefined,
      async (signal) => {
        try {
          if (tail !== undefined)
            for await (const bytes of await control.tail(id, { lines: tail, signal })) filters.stdout.write(bytes);
          else for await (const line of control.log(id, { follow, signal })) print(line);
        } catch (error) {
          // Ctrl-C ends the following, not the execution.
          if (!signal.aborted) throw error;
        }
      },
    );
    return exitCodes.ok;
  });
  // Also after an error: a colour of the container does not outlast its output.
  return printed.finally(() => {
    for (const filter of Object.values(filters)) filter.end();
  });
}
