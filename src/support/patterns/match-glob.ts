import { expandBraces } from './expand-braces.ts';
import { compilePart, matchesTokens, type Token } from './glob-tokens.ts';

export interface Glob {
  /** @param name relative, parts joined by `/` */
  matches(name: string): boolean;
  /**
   * The same, step by step: yields the number of comparisons since the last time, at most a few per character of one part
   * and character of the pattern, so that a caller with many names can let others run or stop.
   */
  match(name: string): Generator<number, boolean>;
}

export interface GlobOptions {
  /** `files` (default): `a/**` needs a part below `a`. `paths`: it matches `a` as well. */
  readonly of?: 'files' | 'paths';
}

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
export function compileGlob(pattern: string, { of = 'files' }: GlobOptions = {}): Glob | undefined {
  if (Buffer.byteLength(pattern) > maxGlobLength) return undefined;
  const alternatives = expandBraces(pattern, maxGlobAlternatives)?.map((each) => compileParts(each, of));
  if (alternatives === undefined) return undefined;
  const match = (name: string) => matchAny(alternatives, name);
  return { match, matches: (name) => runToEnd(match(name)) };
}

type PartGlob =
  | { readonly kind: 'any parts' }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: readonly Token[] };

interface Alternative {
  readonly globs: readonly PartGlob[];
  /** What every name that matches begins with; most names are ruled out by it. */
  readonly prefix: string;
}

const anyParts: PartGlob = { kind: 'any parts' };
const onePart: PartGlob = { kind: 'tokens', tokens: compilePart('*') };

function compileParts(pattern: string, of: GlobOptions['of']): Alternative {
  const parts = pattern.split('/').map((part): PartGlob => {
    if (part === '**') return anyParts;
    return /[*?[\\]/.test(part) ? { kind: 'tokens', tokens: compilePart(part) } : { kind: 'literal', text: part };
  });
  const globs = of === 'files' && parts.at(-1) === anyParts ? [...parts, onePart] : parts;
  const end = globs.slice(0, -1).findIndex(({ kind }) => kind !== 'literal');
  const leading = globs.slice(0, end === -1 ? globs.length - 1 : end);
  // A `**` that follows may stand for no part, and then no slash follows either.
  const texts = leading.flatMap((glob) => (glob.kind === 'literal' ? [glob.text] : []));
  return { globs, prefix: texts.join('/') };
}

function* matchAny(alternatives: readonly Alternative[], name: string): Generator<number, boolean> {
  let parts: readonly NamePart[] | undefined;
  yield alternatives.length;
  for (const { globs, prefix } of alternatives) {
    if (!name.startsWith(prefix)) continue;
    if (parts === undefined) {
      parts = name.split('/').map((text) => ({ text, characters: [...text] }));
      yield name.length;
    }
    if (yield* matchParts(globs, parts)) return true;
  }
  return false;
}

interface NamePart {
  readonly text: string;
  readonly characters: readonly string[];
}

/** Only the last `**` is ever made to take more parts, which is enough. */
function* matchParts(globs: readonly PartGlob[], parts: readonly NamePart[]): Generator<number, boolean> {
  let atGlob = 0;
  let atPart = 0;
  let lastAny = -1;
  let takenByAny = 0;
  for (let part = parts[0]; part !== undefined; part = parts[atPart]) {
    const glob = globs[atGlob];
    if (glob?.kind === 'any parts') {
      lastAny = atGlob;
      takenByAny = atPart;
      atGlob += 1;
      continue;
    }
    const compared = glob === undefined ? nothingLeft : comparePart(glob, part);
    yield compared.steps;
    if (compared.matches) {
      atGlob += 1;
      atPart += 1;
    } else if (lastAny >= 0) {
      takenByAny += 1;
      atGlob = lastAny + 1;
      atPart = takenByAny;
    } else return false;
  }
  return globs.slice(atGlob).every(({ kind }) => kind === 'any parts');
}

interface Compared {
  readonly matches: boolean;
  readonly steps: number;
}

const nothingLeft: Compared = { matches: false, steps: 1 };

function comparePart(glob: Exclude<PartGlob, { kind: 'any parts' }>, { text, characters }: NamePart): Compared {
  return glob.kind === 'literal' ? { matches: glob.text === text, steps: 1 } : matchesTokens(glob.tokens, characters);
}

function runToEnd<T>(steps: Generator<unknown, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
