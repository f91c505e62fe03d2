/** A pattern of names with `*`, and with `**` where names have parts. */
export interface Wildcards {
  matches(text: string): boolean;
}

export interface WildcardOptions {
  /** `*` stays within one part of a path, `**` stands for any characters; otherwise `*` does. */
  readonly parts?: boolean;
}

type Token = { readonly kind: 'text'; readonly character: string } | { readonly kind: 'part' | 'any' };

/** A regular expression tries the ways to match one by one, which takes seconds for a pattern with four stars. */
export function compileWildcards(pattern: string, { parts = false }: WildcardOptions = {}): Wildcards {
  if (!parts) return compilePieces(pattern.split(/\*+/));
  const tokens = pattern.split(/(\*\*|\*)/).flatMap((piece): readonly Token[] => {
    if (piece.startsWith('*')) return [{ kind: piece === '*' ? 'part' : 'any' }];
    return piece.split('').map((character) => ({ kind: 'text', character }));
  });
  return { matches: (text) => follow(tokens, text) };
}

/** Where `*` stands for anything, the first place of each piece leaves the most to the others: the text is read once. */
function compilePieces(pieces: readonly string[]): Wildcards {
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return { matches: (text) => text === first };
  return {
    matches(text) {
      if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
      const end = text.length - last.length;
      let from = first.length;
      for (const piece of others) {
        const at = text.indexOf(piece, from);
        if (at === -1) return false;
        from = at + piece.length;
      }
      return from <= end;
    },
  };
}

/** Follows all ways to match at once: the number of steps is at most the product of the two lengths. */

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
