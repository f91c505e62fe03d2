/** A pattern of names with `*`, and with `**` where names have parts. */
export interface Wildcards {
  matches(text: string): boolean;
}

export interface WildcardOptions {
  /** `*` stays within one part of a path, `**` stands for any characters; otherwise `*` does. */
  readonly parts?: boolean;
}

/** A regular expression tries the ways to match one by one, which takes seconds for a pattern with four stars. */
export function compileWildcards(pattern: string, { parts = false }: WildcardOptions = {}): Wildcards {
  if (!parts) return compilePieces(pattern.split(/\*+/));
  const prefix = pattern.slice(0, pattern.indexOf('*'));
  if (!pattern.includes('*')) return { matches: (text) => text === pattern };
  const codes = pattern.split(/(\*\*|\*)/).flatMap((piece) => {
    if (piece.startsWith('*')) return [piece === '*' ? anyPart : anyText];
    return Array.from({ length: piece.length }, (_, at) => piece.charCodeAt(at));
  });
  const tokens = Int32Array.from(codes);
  return { matches: (text) => text.startsWith(prefix) && follow(tokens, text) };
}

// Below all codes of characters.
const anyPart = -1;
const anyText = -2;
const slash = '/'.charCodeAt(0);

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

/**
 * Follows all ways to match at once: the number of steps is at most the product of the two lengths. Indexes instead of iterators, which
 * would take several times as long.
 */
function follow(tokens: Int32Array, text: string): boolean {
  let [reached, next] = [new Uint8Array(tokens.length + 1), new Uint8Array(tokens.length + 1)];
  reached[0] = 1;
  throughWildcards(tokens, reached);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    let isAlive = false;
    next.fill(0);
    for (let place = 0; place < tokens.length; place += 1) {
      if (reached[place] === 0) continue;
      const token = tokens[place];
      const stays = token === anyText || (token === anyPart && code !== slash);
      if (!stays && token !== code) continue;
      next[stays ? place : place + 1] = 1;
      isAlive = true;
    }
    if (!isAlive) return false;
    throughWildcards(tokens, next);
    [reached, next] = [next, reached];
  }
  return reached[tokens.length] === 1;
}

/** Adds the places behind wildcards, which may stand for nothing. */
function throughWildcards(tokens: Int32Array, places: Uint8Array): void {
  for (let place = 0; place < tokens.length; place += 1)
    if ((tokens[place] ?? 0) < 0 && places[place] === 1) places[place + 1] = 1;
}
