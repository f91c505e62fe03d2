import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface RmFlags extends ControlFlags {
  readonly objects?: boolean;
}

/** `exec-agent rm`: the records of finished executions. */
export function removeExecutions(ids: readonly string[], terminal: Terminal, flags: RmFlags): Promise<number> {
  return withControl(terminal, flags, async (control) => {
    for (const id of ids) {
      const { execution } = await control.find(id);
      await control.remove(execution.execution_id, { objects: flags.objects === true });
      terminal.stdout.line(execution.execution_id);
    }
    return exitCodes.ok;
  });
}
