/** Lines of a log by number, both inclusive. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** The lines that a fragment of an address names: `L120` or `L120-L140`. */
export function parseLineRange(fragment: string): LineRange | undefined {
  const [, one, other] = /^L([1-9]\d{0,11})(?:-L([1-9]\d{0,11}))?$/.exec(fragment) ?? [];
  if (one === undefined) return undefined;
  return rangeOf(Number(one), Number(other ?? one));
}

export function formatLineRange({ first, last }: LineRange): string {
  return first === last ? `L${first}` : `L${first}-L${last}`;
}

/** From one line to another one, in any order. */
export function rangeOf(one: number, other: number): LineRange {
  return { first: Math.min(one, other), last: Math.max(one, other) };
}

export function isInRange(line: number, range: LineRange | undefined): boolean {
  return range !== undefined && range.first <= line && line <= range.last;
}
