export type Token =
  | { readonly kind: 'star' }
  | {
      readonly kind: 'one';
      readonly accepts: (character: string) => boolean;
      /** Comparisons for one character. */
      readonly steps: number;
    };

const star: Token = { kind: 'star' };

/** One part of a glob: `*`, `?`, `[a-z]`, `[!a-z]`, a backslash before what stands for itself. */
export function compilePart(part: string): Token[] {
  const characters = [...part];
  const lastEnd = characters.lastIndexOf(']');
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const set = character === '[' && at < lastEnd ? setAt(characters, at) : undefined;
    if (character === '*') {
      if (tokens.at(-1) !== star) tokens.push(star);
    } else if (character === '?') {
      tokens.push({ kind: 'one', accepts: () => true, steps: 1 });
    } else if (set !== undefined) {
      tokens.push(set.token);
      at = set.end;
    } else {
      if (character === '\\') at += 1;
      const literal = characters[at] ?? '\\';
      tokens.push({ kind: 'one', accepts: (other) => other === literal, steps: 1 });
    }
  }
  return tokens;
}

/** `[abc]`, `[a-z]`, `[!a-z]`; a `]` in front stands for itself. Undefined when there is no end. */
function setAt(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } | undefined {
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  const end = characters.indexOf(']', first + 1);
  if (end === -1) return undefined;
  const ranges: (readonly [string, string])[] = [];
  for (let at = first; at < end; at += 1) {
    const from = characters[at] ?? '';
    const isRange = characters[at + 1] === '-' && at + 2 < end;
    ranges.push([from, (isRange ? characters[at + 2] : undefined) ?? from]);
    if (isRange) at += 2;
  }
  const isIn = (character: string) =>
    ranges.some(([from, to]) => compare(from, character) <= 0 && compare(character, to) <= 0);
  return { token: { kind: 'one', accepts: (character) => isIn(character) !== negated, steps: ranges.length }, end };
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

/**
 * Only the last star is ever made to take more characters, which is enough, so the number of steps is at most the product
 * of the two lengths.
 */
export function matchesTokens(
  tokens: readonly Token[],
  characters: readonly string[],
): { readonly matches: boolean; readonly steps: number } {
  let atToken = 0;
  let at = 0;
  let lastStar = -1;
  let takenByStar = 0;
  let steps = 1;
  while (at < characters.length) {
    const token = tokens[atToken];
    const character = characters[at];
    steps += token?.kind === 'one' ? token.steps : 1;
    if (token?.kind === 'star') {
      lastStar = atToken;
      takenByStar = at;
      atToken += 1;
    } else if (token !== undefined && character !== undefined && token.accepts(character)) {
      atToken += 1;
      at += 1;
    } else if (lastStar >= 0) {
      takenByStar += 1;
      atToken = lastStar + 1;
      at = takenByStar;
    } else return { matches: false, steps };
  }
  return { matches: tokens.slice(atToken).every(({ kind }) => kind === 'star'), steps };
}
