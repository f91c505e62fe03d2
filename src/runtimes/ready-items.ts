/** Things that were made ahead of their use. What takes one owns it; the others are removed from here. */
export interface ReadyItems<T> {
  /** Oldest first. */
  readonly items: readonly T[];
  add(item: T): void;
  /** The oldest one that is wanted, which is the caller's from now on. */
  take(isWanted?: (item: T) => boolean): T | undefined;
  /** Removes some of the items; the removal goes on in the background. */
  discard(unwanted: readonly T[]): void;
  /** Removes something that was made and is not among the items. */
  remove(item: T): void;
  /** Resolves once every removal has ended. */
  removed(): Promise<void>;
}

/**
 * @param remove takes one item away
 * @param onFailure receives the error of an item that could not be removed
 */
export function createReadyItems<T>(
  remove: (item: T) => Promise<void>,
  onFailure: (error: unknown) => void,
): ReadyItems<T> {
  const items: T[] = [];
  const removals = new Set<Promise<void>>();
  const begin = (item: T) => {
    const removal = remove(item)
      .catch(onFailure)
      .finally(() => removals.delete(removal));
    removals.add(removal);
  };
  return {
    items,
    add: (item) => void items.push(item),
    take(isWanted = () => true) {
      const index = items.findIndex(isWanted);
      return index === -1 ? undefined : items.splice(index, 1)[0];
    },
    discard(unwanted) {
      for (const item of [...unwanted]) {
        const index = items.indexOf(item);
        if (index === -1) continue;
        items.splice(index, 1);
        begin(item);
      }
    },
    remove: begin,
    async removed() {
      await Promise.all(removals);
    },
  };
}
