import { sortInTurns } from '../../support/time/sort-in-turns.ts';
import { createTurns } from '../../support/time/take-turns.ts';

/** In order of the bytes of their names. */
export async function sortByName<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const keyed = Array.from(items, (item) => ({ item, key: Buffer.from(nameOf(item)) }));
  const sorted = await sortInTurns(keyed, (a, b) => Buffer.compare(a.key, b.key), createTurns(signal));
  return sorted.map(({ item }) => item);
}
