// Longer names are not compared: the cost grows with the product of both lengths.
const longestName = 64;
const shortestName = 4;

/** The known name that a misspelt one most likely means: at most two letters are missing, added, changed or swapped. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length < shortestName || name.length > longestName) return undefined;
  let nearest: string | undefined;
  // Of a short name two letters are too much of it.
  let best = name.length < 6 ? 2 : 3;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= best || candidate.length > longestName) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** Of two neighbours that are swapped, one step. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const options = [
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        options.push((beforeLast[column - 2] ?? 0) + 1);
      current.push(Math.min(...options));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
