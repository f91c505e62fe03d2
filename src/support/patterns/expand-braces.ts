/**
 * `a{b,c}` → `ab`, `ac`; lists may be nested. Braces without a comma, or without a partner, stand for themselves.
 * @returns undefined for more than `max` alternatives
 */
export function expandBraces(pattern: string, max: number): string[] | undefined {
  const waiting = [pattern];
  const expanded: string[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const group = findGroup(next);
    if (group === undefined) {
      expanded.push(next);
    } else {
      const { before, alternatives, after } = group;
      waiting.push(...alternatives.map((alternative) => `${before}${alternative}${after}`).reverse());
    }
    if (expanded.length + waiting.length > max) return undefined;
  }
  return expanded;
}

interface Group {
  readonly before: string;
  readonly alternatives: readonly string[];
  readonly after: string;
}

interface Brace {
  readonly start: number;
  readonly commas: number[];
}

/** The first pair of braces with a comma of its own, found in one pass however many braces have no partner. */
function findGroup(pattern: string): Group | undefined {
  const open: Brace[] = [];
  let first: (Brace & { readonly end: number }) | undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (character === '{') open.push({ start: at, commas: [] });
    else if (character === ',') open.at(-1)?.commas.push(at);
    else if (character === '}') {
      const brace = open.pop();
      if (brace === undefined || brace.commas.length === 0) continue;
      if (first === undefined || brace.start < first.start) first = { ...brace, end: at };
    }
  }
  return first === undefined ? undefined : groupOf(pattern, first);
}

function groupOf(pattern: string, { start, commas, end }: Brace & { readonly end: number }): Group {
  const bounds = [start, ...commas, end];
  return {
    before: pattern.slice(0, start),
    alternatives: bounds.slice(1).map((to, index) => pattern.slice((bounds[index] ?? start) + 1, to)),
    after: pattern.slice(end + 1),
  };
}
