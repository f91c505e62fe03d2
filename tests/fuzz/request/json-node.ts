/** JSON as it is written: with numbers digit by digit, and names that come twice. */
export type JsonNode =
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'map'; readonly entries: readonly JsonEntry[] };

export type JsonEntry = readonly [name: string, value: JsonNode];

export const raw = (text: string): JsonNode => ({ kind: 'raw', text });
export const text = (value: string): JsonNode => ({ kind: 'text', value });
export const list = (items: readonly JsonNode[]): JsonNode => ({ kind: 'list', items });
export const map = (entries: readonly JsonEntry[]): JsonNode => ({ kind: 'map', entries });

export function render(node: JsonNode): string {
  switch (node.kind) {
    case 'raw':
      return node.text;
    case 'text':
      return JSON.stringify(node.value);
    case 'list':
      return `[${node.items.map(render).join(',')}]`;
    case 'map':
      return `{${node.entries.map(([name, value]) => `${JSON.stringify(name)}:${render(value)}`).join(',')}}`;
  }
}

/** Smaller nodes that are otherwise like this one, the smallest first; each lacks something or has it in short. */
export function* shrink(node: JsonNode): Generator<JsonNode, void> {
  switch (node.kind) {
    case 'raw':
      return;
    case 'text':
      for (let length = 1; length < node.value.length; length *= 2) yield text(node.value.slice(0, length));
      return;
    case 'list':
      for (const items of shrinkItems(node.items, shrink)) yield list(items);
      return;
    case 'map':
      for (const entries of shrinkItems(node.entries, shrinkEntry)) yield map(entries);
  }
}

function* shrinkEntry([name, value]: JsonEntry): Generator<JsonEntry, void> {
  for (const smaller of shrink(value)) yield [name, smaller];
}

/** Without runs of items, long runs first; then with each item made smaller. */
function* shrinkItems<T>(items: readonly T[], smallerOf: (item: T) => Iterable<T>): Generator<readonly T[], void> {
  for (let run = items.length; run >= 1; run = Math.floor(run / 2))
    for (let at = 0; at < items.length; at += run) yield [...items.slice(0, at), ...items.slice(at + run)];
  for (const [index, item] of items.entries())
    for (const smaller of smallerOf(item)) yield items.map((each, at) => (at === index ? smaller : each));
}
