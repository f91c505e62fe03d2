import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `exec-agent cancel`: by execution id or correlation id. */
export function cancelExecution(id: string, terminal: Terminal, flags: ControlFlags): Promise<number> {
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
