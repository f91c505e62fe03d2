import { ExecError } from '../../support/exec-error.ts';
import { withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type FilterFlags, queryOf, unfinished } from './list-executions.ts';

export interface CancelManyFlags extends FilterFlags {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

const pageLimit = 500;

/** `exec-agent cancel` without an id: what matches the filter and waits or runs. Prints the id of each. */
export async function cancelMany(terminal: Terminal, { all, dryRun, ...flags }: CancelManyFlags): Promise<number> {
  const filter = queryOf(flags);
  // The tenant alone says whose, not which.
  const isFiltered = Object.keys(filter).some((name) => name !== 'tenant');
  if (!isFiltered && all !== true)
    throw new ExecError(
      'INVALID_REQUEST',
      'Name an execution, a filter such as --tag key=value, or --all for every execution that waits or runs.',
    );
  return withControl(terminal, flags, async (control) => {
    // All are found before the first one is canceled: a cancel changes what the next page would show.
    const ids: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const from = cursor === undefined ? {} : { cursor };
      const page = await control.list({ state: unfinished, ...filter, ...from, limit: pageLimit });
      ids.push(...page.executions.flatMap(({ execution_id: id, state }) => (state === 'finished' ? [] : [id])));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    for (const id of ids) {
      if (dryRun !== true) await control.cancel(id);
      terminal.stdout.line(id);
    }
    const { stderr } = terminal;
    const count = ids.length === 1 ? '1 execution' : `${ids.length} executions`;
    stderr.line(
      stderr.colors.dim(
        dryRun === true ? `${count} would be canceled.` : `The cancellation of ${count} was requested.`,
      ),
    );
    return exitCodes.ok;
  });
}
