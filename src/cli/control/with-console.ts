import { type Console, openConsole } from '../../agent/open/open-console.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Runs the work with the operator's view on the Redis that the settings name. */
export async function withConsole<T>(
  terminal: Terminal,
  flags: SettingFlags,
  work: (console: Console) => Promise<T>,
): Promise<T> {
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  const console = await openConsole(config, logger);
  try {
    return await work(console);
  } finally {
    console.close();
  }
}
