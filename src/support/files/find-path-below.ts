/** A sort key that puts a path right before everything below it, also when a sibling name starts with the same text. */
export function pathKey(path: string): string {
  return path.replaceAll('/', '\0');
}

export function compareKeys(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/**
 * Finds a file that would also have to be a directory: one look at each path is enough, however deep they are.
 * @param sorted by {@link compareKeys}, each key once, made by {@link pathKey}
 */
export function findPathBelow<T extends { readonly key: string }>(
  sorted: readonly T[],
): { readonly item: T; readonly above: T } | undefined {
  let above: T | undefined;
  for (const item of sorted) {
    if (above !== undefined && item.key.startsWith(above.key) && item.key[above.key.length] === '\0')
      return { item, above };
    above = item;
  }
  return undefined;
}
