import { type Operator, openOperator } from '../../agent/control/open-operator.ts';
import { loadSettings, type SettingFlags } from '../settings/load-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Does the work in the Redis that the settings name: tokens and the audit log are not managed over HTTP. */
export async function withOperator<T>(
  terminal: Terminal,
  flags: SettingFlags,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  const { config, logger } = await loadSettings(terminal, flags, 'warn');
  const operator = await openOperator(config, logger);
  try {
    return await work(operator);
  } finally {
    operator.close();
  }
}
