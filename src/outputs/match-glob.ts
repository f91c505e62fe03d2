import { expandBraces } from './expand-braces.ts';

export interface Glob {
  /** @param name relative, parts joined by `/` */
  matches(name: string): boolean;
}

// Names come from strangers as well as patterns do: these bounds, with matching that never tries a way twice, keep the
// time for one name below a few milliseconds whatever both are.
export const maxGlobLength = 1024;
export const maxGlobAlternatives = 64;

/** True when the text has a character that means more than itself in a glob. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * `*` and `?` stay within one part of a name, `**` as a part of its own stands for any number of parts, `[a-z]`, `[!a-z]`
 * and `{a,b}` are known, a backslash takes a character's meaning away. Dotfiles are names like others.
 *
 * Regular expressions, as glob libraries make them, are no choice here: five stars take one of those minutes on a name of
 * 255 bytes.
 * @returns undefined for a pattern beyond the bounds
 */
export function compileGlob(pattern: string): Glob | undefined {
  if (Buffer.byteLength(pattern) > maxGlobLength) return undefined;
  const alternatives = expandBraces(pattern, maxGlobAlternatives)?.map(compileParts);
  if (alternatives === undefined) return undefined;
  return {
    matches(name) {
      const parts = name.split('/');
      return alternatives.some((globs) => matchesList(globs, parts, isAnyParts, matchesPart));
    },
  };
}

type Token = { readonly kind: 'star' } | { readonly kind: 'one'; readonly accepts: (character: string) => boolean };
type PartGlob =
  | { readonly kind: 'any parts' }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly Token[] };

const star: Token = { kind: 'star' };

const anyParts: PartGlob = { kind: 'any parts' };
const onePart: PartGlob = { kind: 'tokens', tokens: [star] };

function compileParts(pattern: string): PartGlob[] {
  const parts = pattern.split('/').map((part): PartGlob => {
    if (part === '**') return anyParts;
    return /[*?[\\]/.test(part) ? { kind: 'tokens', tokens: compilePart(part) } : { kind: 'literal', text: part };
  });
  // What is matched are files, so at the end it means at least one part.
  return parts.at(-1) === anyParts ? [...parts, onePart] : parts;
}

function compilePart(part: string): Token[] {
  const characters = [...part];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const set = character === '[' ? setAt(characters, at) : undefined;
    if (character === '*') {
      if (tokens.at(-1) !== star) tokens.push(star);
    } else if (character === '?') {
      tokens.push({ kind: 'one', accepts: () => true });
    } else if (set !== undefined) {
      tokens.push(set.token);
      at = set.end;
    } else {
      if (character === '\\') at += 1;
      const literal = characters[at] ?? '\\';
      tokens.push({ kind: 'one', accepts: (other) => other === literal });
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
  return { token: { kind: 'one', accepts: (character) => isIn(character) !== negated }, end };
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}

const isAnyParts = (glob: PartGlob) => glob.kind === 'any parts';

function matchesPart(glob: PartGlob, part: string): boolean {
  if (glob.kind === 'literal') return glob.text === part;
  return glob.kind === 'tokens' && matchesList(glob.tokens, [...part], isStar, acceptsOne);
}

const isStar = (token: Token) => token.kind === 'star';
const acceptsOne = (token: Token, character: string) => token.kind === 'one' && token.accepts(character);

/**
 * Matches items against patterns of which some stand for any number of items. Only the last such pattern is ever made to
 * take more, which is enough, so the time grows with the product of the two lengths at most.
 */
function matchesList<P, I>(
  patterns: readonly P[],
  items: readonly I[],
  isAny: (pattern: P) => boolean,
  isOne: (pattern: P, item: I) => boolean,
): boolean {
  let atPattern = 0;
  let atItem = 0;
  let lastAny = -1;
  let takenByAny = 0;
  while (atItem < items.length) {
    const pattern = patterns[atPattern];
    const item = items[atItem];
    if (pattern !== undefined && isAny(pattern)) {
      lastAny = atPattern;
      takenByAny = atItem;
      atPattern += 1;
    } else if (pattern !== undefined && item !== undefined && isOne(pattern, item)) {
      atPattern += 1;
      atItem += 1;
    } else if (lastAny >= 0) {
      takenByAny += 1;
      atPattern = lastAny + 1;
      atItem = takenByAny;
    } else return false;
  }
  return patterns.slice(atPattern).every(isAny);
}
