import { ExecError } from '../../support/exec-error.ts';
import { withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CancelManyFlags } from './cancel-many.ts';
import { queryOf } from './list-executions.ts';

/** `exec-agent cancel`: by execution id or correlation id. */
export async function cancelExecution(id: string, terminal: Terminal, flags: CancelManyFlags): Promise<number> {
  const { all, dryRun } = flags;
  if (all === true || dryRun === true || Object.keys(queryOf(flags)).length > 0)
    throw new ExecError('INVALID_REQUEST', 'Name an execution, or say with options which ones are meant, not both.');
  return withControl(terminal, flags, async (control) => {
    const { execution } = await control.find(id);
    if (execution.state === 'finished') {
      terminal.stdout.line('The execution has already finished.');
      return exitCodes.ok;
    }
    await control.cancel(execution.execution_id);
    terminal.stdout.line(`The cancellation of ${execution.execution_id} was requested. The response will be CANCELED.`);
    return exitCodes.ok;
  });
}
