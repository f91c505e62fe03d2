import type { LogLine } from '../../queue/live-log.ts';
import { withConsole } from '../control/with-console.ts';
import { createOutputFilter } from '../output/output-filter.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { withInterrupt } from '../terminal/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface LogsFlags extends SettingFlags {
  readonly follow?: boolean;
}

/** `exec-agent logs`: what the container wrote, stdout to stdout and stderr to stderr. */
export function showLogs(id: string, terminal: Terminal, flags: LogsFlags): Promise<number> {
  const { stderr } = terminal;
  const filters = { stdout: createOutputFilter(terminal.stdout), stderr: createOutputFilter(terminal.stderr) };
  const print = ({ stream, text, omitted }: Pick<LogLine, 'stream' | 'text' | 'omitted'>) => {
    if (omitted !== undefined) stderr.line(stderr.colors.dim(`[… ${omitted} bytes no longer kept …]`));
    filters[stream].write(text);
  };
  const printed = withConsole(terminal, flags, async (console) => {
    const record = await console.find(id);
    if (record.state === 'finished') print({ stream: 'stdout', text: record.outcome.output });
    else if (flags.follow !== true) for await (const { line } of console.readLog(record.plan.id)) print(line);
    else
      await withInterrupt(
        () => undefined,
        async (signal) => {
          try {
            for await (const { line } of console.followLog(record.plan.id, signal)) print(line);
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
