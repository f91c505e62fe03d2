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

function findGroup(pattern: string): Group | undefined {
  for (let start = 0; start < pattern.length; start += 1) {
    if (pattern[start] === '\\') start += 1;
    else if (pattern[start] === '{') {
      const group = groupAt(pattern, start);
      if (group !== undefined) return group;
    }
  }
  return undefined;
}

function groupAt(pattern: string, start: number): Group | undefined {
  const alternatives: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if (character === ',' && depth === 1) {
      alternatives.push(pattern.slice(from, at));
      from = at + 1;
    } else if (character === '}') {
      depth -= 1;
      if (depth > 0) continue;
      if (alternatives.length === 0) return undefined;
      alternatives.push(pattern.slice(from, at));
      return { before: pattern.slice(0, start), alternatives, after: pattern.slice(at + 1) };
    }
  }
  return undefined;
}
