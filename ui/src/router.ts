import { signal } from '@preact/signals';
import { addressOf } from './base.ts';

export interface Place {
  /** Below `/ui/`, without slashes at either end: `executions/123`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** What is behind `#`, such as lines of a log; empty for none. */
  readonly fragment: string;
}

/** Where the user is. Everything that can be linked to is in here. */
export const place = signal<Place>(readPlace());

addEventListener('popstate', () => {
  place.value = readPlace();
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (event.defaultPrevented || link === null || !isPlain) return;
  if (link.target !== '' || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  // A place on this page is the browser's to go to.
  if (url.hash !== '' && url.pathname === location.pathname && url.search === location.search) return;
  if (url.origin !== location.origin || !url.pathname.startsWith(addressOf('/ui/'))) return;
  event.preventDefault();
  goTo(url.pathname + url.search + url.hash);
});

/** @param url as the browser reaches it */
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
  goTo(`${location.pathname}${text === '' ? '' : `?${text}`}${location.hash}`, { replace: true });
}

/** The same page with another fragment; an empty one goes away. */
export function changeFragment(fragment: string): void {
  const { pathname, search } = location;
  goTo(`${pathname}${search}${fragment === '' ? '' : `#${fragment}`}`, { replace: true });
}

export function executionUrl(id: string, tab?: string): string {
  return addressOf(`/ui/executions/${encodeURIComponent(id)}${tab === undefined ? '' : `/${tab}`}`);
}

function readPlace(): Place {
  const { pathname } = location;
  const base = addressOf('');
  // Without the proxy, the same page is at the shorter address.
  const path = pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : pathname;
  const parts = path.replace(/^\/ui\/?/, '').split('/');
  return {
    path: parts.filter((part) => part !== '').map(decode),
    query: new URLSearchParams(location.search),
    fragment: location.hash.slice(1),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign stands for itself.
    return part;
  }
}
