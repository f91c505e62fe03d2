import { ExecError } from '../../support/exec-error.ts';
import { withConsole } from '../control/with-console.ts';
import { count } from '../output/count.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `exec-agent cancel`: harmless when it has finished already. */
export function cancelExecution(id: string, terminal: Terminal, flags: SettingFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    const { state } = await console.find(id);
    if (state === 'finished') {
      terminal.stdout.line('The execution has already finished.');
      return exitCodes.ok;
    }
    const agents = await console.cancel(id);
    if (agents === 0)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        'No agent is running that could cancel it. Start one with "exec-agent serve".',
      );
    terminal.stdout.line(`Asked ${count(agents, 'agent')} to cancel it. The response will be CANCELED.`);
    return exitCodes.ok;
  });
}
