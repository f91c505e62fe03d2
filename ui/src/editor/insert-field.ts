import type { KeyPlace } from './place-in-json.ts';
import type { SchemaField } from './schema-fields.ts';

export interface Edited {
  readonly text: string;
  readonly caret: number;
}

/** Writes a field where its name was begun; a value that is there already stays. */
export function insertField(text: string, { from, begun }: KeyPlace, { name, value }: SchemaField): Edited {
  const isQuoted = text[from] === '"';
  const caret = from + begun.length + (isQuoted ? 1 : 0);
  const rest = text.slice(caret);
  const [closing = '', colon] = (isQuoted ? /^[^"\n,{}]*"(\s*:)?/.exec(rest) : null) ?? [];
  const head = text.slice(0, from) + JSON.stringify(name);
  if (colon !== undefined) return { text: head + rest.slice(closing.length - colon.length), caret: head.length };
  const written = `${head}: ${value}`;
  // Between the quotes or brackets of what was inserted.
  const inside = /["\]}]$/.test(value) ? 1 : 0;
  return { text: written + rest.slice(closing.length), caret: written.length - inside };
}
