/** A pattern of names with `*`, and with `**` where names have parts. */
export interface Wildcards {
  matches(text: string): boolean;
}

export interface WildcardOptions {
  /** `*` stays within one part of a path, `**` stands for any characters; otherwise `*` does. */
  readonly parts?: boolean;
}

type Token = { readonly kind: 'text'; readonly character: string } | { readonly kind: 'part' | 'any' };

/**
 * Follows all ways to match at once, so the number of steps is at most the product of the two lengths. A regular expression
 * tries them one by one, which takes seconds for a pattern with four stars.
 */
export function compileWildcards(pattern: string, { parts = false }: WildcardOptions = {}): Wildcards {
  const tokens = pattern.split(parts ? /(\*\*|\*)/ : /(\*+)/).flatMap((piece): readonly Token[] => {
    if (piece.startsWith('*')) return [{ kind: parts && piece === '*' ? 'part' : 'any' }];
    return piece.split('').map((character) => ({ kind: 'text', character }));
  });
  return { matches: (text) => follow(tokens, text) };
}

function follow(tokens: readonly Token[], text: string): boolean {
  let reached = throughWildcards(tokens, [0]);
  for (let at = 0; at < text.length && reached.length > 0; at += 1) {
    const character = text[at];
    const next: number[] = [];
    for (const place of reached) {
      const token = tokens[place];
      if (token === undefined) continue;
      if (token.kind !== 'text') {
        if (token.kind === 'any' || character !== '/') add(next, place);
      } else if (token.character === character) add(next, place + 1);
    }
    reached = throughWildcards(tokens, next);
  }
  return reached.at(-1) === tokens.length;
}

/** The same places and those behind wildcards that may stand for nothing, in order and each once. */
function throughWildcards(tokens: readonly Token[], places: readonly number[]): readonly number[] {
  const all: number[] = [];
  for (const place of places) {
    add(all, place);
    for (let at = place; tokens[at] !== undefined && tokens[at]?.kind !== 'text'; at += 1) add(all, at + 1);
  }
  return all;
}

/** Places come in order, but for a run of wildcards that was followed from the place before. */
function add(places: number[], place: number): void {
  const last = places.at(-1);
  if (last === undefined || last < place) places.push(place);
}
