/** A filter of the list that is kept under a name. */
export interface SavedView {
  readonly name: string;
  /** As in the address: `state=running&last=24h`. */
  readonly filter: string;
}

export const mostViews = 20;
export const longestViewName = 40;
const longestFilter = 2000;

/** The views in a text of the browser's storage; what is no view is left out. */
export function readViews(text: string | null): readonly SavedView[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(stored) ? stored.filter(isView).slice(0, mostViews) : [];
}

/** With one more, which takes the place of one with the same name; undefined when there are too many, or it is too long. */
export function addView(views: readonly SavedView[], view: SavedView): readonly SavedView[] | undefined {
  if (!isView(view)) return undefined;
  const others = removeView(views, view.name);
  return others.length < mostViews ? [...others, view] : undefined;
}

export function removeView(views: readonly SavedView[], name: string): readonly SavedView[] {
  return views.filter((view) => view.name !== name);
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const name: unknown = Reflect.get(value, 'name');
  const filter: unknown = Reflect.get(value, 'filter');
  return isText(name, longestViewName) && name.trim() !== '' && isText(filter, longestFilter);
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}
