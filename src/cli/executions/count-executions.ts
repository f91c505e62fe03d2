import { type ControlFlags, withControl } from '../control/with-control.ts';
import { formatTable } from '../output/text/format-table.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface StatsFlags extends ControlFlags {
  /** Seconds. */
  readonly since: number;
  readonly tenant?: string;
  readonly json?: boolean;
}

/** `exec-agent stats`: how many executions are in which state, and how they ended. */
export function countExecutions(terminal: Terminal, { since, tenant, json, ...flags }: StatsFlags): Promise<number> {
  const { stdout } = terminal;
  return withControl(terminal, flags, async (control) => {
    const counts = await control.count(new Date(Date.now() - since * 1000), tenant);
    if (json === true) stdout.line(JSON.stringify(counts));
    else {
      const { finished: _, ...open } = counts.states;
      const rows = [...Object.entries(open), ...Object.entries(counts.codes)].map(([name, count]) => [
        name,
        String(count),
      ]);
      if (rows.length === 0) terminal.stderr.line('No executions in that time.');
      for (const line of formatTable(rows)) stdout.line(line);
    }
    return exitCodes.ok;
  });
}
