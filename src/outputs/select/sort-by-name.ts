import { sortInTurns } from '../../support/time/sort-in-turns.ts';
import { createTurns } from '../../support/time/take-turns.ts';

// What making a key takes, compared with a look at a name.
const stepsPerKey = 20;

/** In order of the bytes of their names. */
export async function sortByName<T>(
  items: Iterable<T>,
  nameOf: (item: T) => string,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const turns = createTurns(signal);
  const keyed: { readonly item: T; readonly key: Buffer }[] = [];
  for (const item of items) {
    keyed.push({ item, key: Buffer.from(nameOf(item)) });
    if (turns.spend(stepsPerKey)) await turns.rest();
  }
  const sorted = await sortInTurns(keyed, (a, b) => Buffer.compare(a.key, b.key), turns);
  return sorted.map(({ item }) => item);
}
