import { withConsole } from '../control/with-console.ts';
import type { SettingFlags } from '../settings/load-settings.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `exec-agent pause`: requests are still accepted, and wait. */
export function pauseQueue(terminal: Terminal, flags: SettingFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    await console.pause();
    terminal.stdout.line(
      'Paused: new requests wait in the queue. Running executions continue. End the pause with "exec-agent resume".',
    );
    return exitCodes.ok;
  });
}

/** `exec-agent resume` */
export function resumeQueue(terminal: Terminal, flags: SettingFlags): Promise<number> {
  return withConsole(terminal, flags, async (console) => {
    await console.resume();
    terminal.stdout.line('Resumed.');
    return exitCodes.ok;
  });
}
