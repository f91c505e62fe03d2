import { type ControlFlags, withControl } from '../control/with-control.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `exec-agent pause`: requests are still accepted, and wait. */
export function pauseQueue(terminal: Terminal, flags: ControlFlags): Promise<number> {
  return withControl(terminal, flags, async (control) => {
    await control.pause();
    terminal.stdout.line(
      'Paused: new requests wait in the queue. Running executions continue. End the pause with "exec-agent resume".',
    );
    return exitCodes.ok;
  });
}

/** `exec-agent resume` */
export function resumeQueue(terminal: Terminal, flags: ControlFlags): Promise<number> {
  return withControl(terminal, flags, async (control) => {
    await control.resume();
    terminal.stdout.line('Resumed.');
    return exitCodes.ok;
  });
}
