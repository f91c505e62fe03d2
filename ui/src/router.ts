import { signal } from '@preact/signals';

export interface Place {
  /** Below `/ui/`, without slashes at either end: `executions/123`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Where the user is. Everything that can be linked to is in here. */
export const place = signal<Place>(readPlace());

addEventListener('popstate', () => {
  place.value = readPlace();
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !isPlain || link.target !== '' || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith('/ui/')) return;
  event.preventDefault();
  goTo(url.pathname + url.search);
});

export function goTo(url: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  place.value = readPlace();
  if (!replace) scrollTo(0, 0);
}

/** The same page with other parameters; an empty one goes away, a list repeats it. */
export function changeQuery(changes: Readonly<Record<string, string | readonly string[]>>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const each of typeof value === 'string' ? [value] : value) if (each !== '') query.append(name, each);
  }
  const text = query.toString();
  goTo(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace: true });
}

export function executionUrl(id: string, tab?: string): string {
  return `/ui/executions/${encodeURIComponent(id)}${tab === undefined ? '' : `/${tab}`}`;
}

function readPlace(): Place {
  const parts = location.pathname.replace(/^\/ui\/?/, '').split('/');
  return { path: parts.filter((part) => part !== '').map(decode), query: new URLSearchParams(location.search) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign stands for itself.
    return part;
  }
}
