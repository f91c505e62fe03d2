import { signal } from '@preact/signals';

const hiddenForMs = 60_000;

/** False once the tab has been hidden for a minute, until it is shown again: its streams are closed meanwhile. */
export const inUse = signal(true);

let use = new AbortController();

/** Ends when the tab is no longer in use. */
export function endOfUse(): AbortSignal {
  return use.signal;
}

/** Resolves when the tab is in use, or the signal has ended. */
export async function untilInUse(ending: AbortSignal): Promise<void> {
  let stop: (() => void) | undefined;
  await new Promise<void>((resolve) => {
    ending.addEventListener('abort', () => resolve(), { once: true });
    stop = inUse.subscribe((isInUse) => {
      if (isInUse || ending.aborted) resolve();
    });
  });
  stop?.();
}

/** What of a document is needed. */
interface Watched {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** To be called once, before anything is shown. */
export function watchTab(page: Watched): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (page.visibilityState !== 'visible') timer = setTimeout(leave, hiddenForMs);
    else if (!inUse.value) {
      use = new AbortController();
      inUse.value = true;
    }
  };
  page.addEventListener('visibilitychange', look);
  look();
}

function leave(): void {
  inUse.value = false;
  use.abort();
}
