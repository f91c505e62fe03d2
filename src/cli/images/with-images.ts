import { contextsFile, readContexts } from '../contexts/contexts.ts';
import { choosePlace, type Place } from '../control/choose-place.ts';
import type { ControlFlags } from '../control/with-control.ts';
import { loadSettings, type Settings } from '../settings/load-settings.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ImageControl } from './image-control.ts';

/** Does the work with the images of the agent that the command line, the settings or the current context name. */
export async function withImages<T>(
  terminal: Terminal,
  flags: ControlFlags,
  work: (images: ImageControl) => Promise<T>,
): Promise<T> {
  const settings = await loadSettings(terminal, flags, 'warn');
  const images = await openImages(await placeOf(terminal, flags, settings), settings, terminal);
  try {
    return await work(images);
  } finally {
    await images.close();
  }
}

/** A runtime is one of this host. Where commands use Redis, they are on the host of an agent. */
async function placeOf(terminal: Terminal, flags: ControlFlags, settings: Settings): Promise<Place> {
  if (flags.runtime !== undefined) return { kind: 'redis' };
  return choosePlace(flags, settings, await readContexts(contextsFile(terminal)));
}

async function openImages(place: Place, settings: Settings, terminal: Terminal): Promise<ImageControl> {
  if (place.kind === 'http') {
    const { createHttpImages } = await import('./http-images.ts');
    return createHttpImages(place);
  }
  const { openLocalImages } = await import('./local-images.ts');
  return openLocalImages(settings, terminal);
}
