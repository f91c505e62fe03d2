const shownAtMost = 10;

/** `a, b, c and 12 more`: enough for a message, however many there are. */
export function listSome(items: readonly string[], show: (item: string) => string = (item) => item): string {
  const shown = items.slice(0, shownAtMost).map(show).join(', ');
  return items.length <= shownAtMost ? shown : `${shown} and ${items.length - shownAtMost} more`;
}
