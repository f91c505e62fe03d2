import type { Control } from '../../agent/control/control.ts';
import { isRefused } from '../../agent/control/control-errors.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Says on stderr that the queue is paused, if it is and the caller may know. */
export async function notePause(control: Control, { stderr }: Terminal): Promise<void> {
  if (await isPaused(control))
    stderr.line(stderr.colors.yellow('The queue is paused: requests wait. End the pause with "exec-agent resume".'));
}

async function isPaused(control: Control): Promise<boolean> {
  try {
    return (await control.queue()).paused;
  } catch (error) {
    // A token for one tenant's executions does not show the queue that all share.
    if (isRefused(error)) return false;
    throw error;
  }
}
