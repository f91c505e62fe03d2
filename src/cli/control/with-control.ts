import type { Control } from '../../agent/control/control.ts';
import { contextsFile, readContexts } from '../contexts/contexts.ts';
import type { SettingFlags, Settings } from '../settings/load-settings.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { choosePlace } from './choose-place.ts';
import { resolveIds } from './resolve-ids.ts';

export interface ControlFlags extends SettingFlags {
  readonly context?: string;
}

/** Does the work with the agents that the command line, the settings or the current context name. */
export async function withControl<T>(
  terminal: Terminal,
  flags: ControlFlags,
  work: (control: Control, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = await loadSettings(terminal, flags, 'warn');
  const place = choosePlace(flags, settings, await readContexts(contextsFile(terminal)));
  const control = place.kind === 'http' ? await openHttp(place) : await openRedis(settings);
  try {
    return await work(resolveIds(control), settings);
  } finally {
    await control.close();
  }
}

async function openHttp(place: Parameters<typeof import('./create-http-control.ts').createHttpControl>[0]) {
  const { createHttpControl } = await import('./create-http-control.ts');
  return createHttpControl(place);
}

async function openRedis({ config, logger }: Settings) {
  const { openRedisControl } = await import('../../agent/control/open-redis-control.ts');
  return openRedisControl(config, logger);
}
