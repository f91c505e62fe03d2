import { isJson } from './is-json.ts';
import { jsonTokens } from './json-tokens.ts';

/** A value of JSON in the notation that it came in, so that every digit stays. */
export type JsonNode =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'object' | 'array'; readonly entries: readonly JsonEntry[] };

export interface JsonEntry {
  /** With its quotation marks; of an array, the number of the place. */
  readonly name: string;
  readonly node: JsonNode;
}

const deepest = 200;
const mostNodes = 50_000;

/** Undefined for a text that is no JSON, too deep, or too large to be a tree. */
export function parseTree(json: string): JsonNode | undefined {
  if (!isJson(json)) return undefined;
  const open: { readonly kind: 'object' | 'array'; readonly entries: JsonEntry[]; name: string }[] = [];
  let count = 0;
  for (const token of jsonTokens(json)) {
    const parent = open.at(-1);
    if (token === ':' || token === ',') continue;
    if (token === '{' || token === '[') {
      if (open.length === deepest) return undefined;
      open.push({ kind: token === '{' ? 'object' : 'array', entries: [], name: '' });
      continue;
    }
    if (parent?.kind === 'object' && parent.name === '' && token !== '}') {
      parent.name = token;
      continue;
    }
    count += 1;
    if (count > mostNodes) return undefined;
    const isEnd = token === '}' || token === ']';
    const closed = isEnd ? open.pop() : undefined;
    const node: JsonNode =
      closed === undefined ? { kind: 'value', text: token } : { kind: closed.kind, entries: closed.entries };
    const holder = open.at(-1);
    if (holder === undefined) return node;
    holder.entries.push({ name: holder.kind === 'object' ? holder.name : String(holder.entries.length), node });
    holder.name = '';
  }
  return undefined;
}
