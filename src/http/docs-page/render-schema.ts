import type { SchemaNode } from './api-document.ts';
import { escapeHtml, prose } from './html.ts';

/** A schema as nested lists of fields; what has a name of its own is linked. */
export function renderSchema(schema: SchemaNode): string {
  const inner = schema.items ?? schema;
  const { properties, required = [] } = inner;
  if (properties === undefined) return `<p class="type">${typeOf(schema)}</p>`;
  const rows = Object.entries(properties).map(([name, field]) => renderField(name, field, required.includes(name)));
  return `<dl class="fields">${rows.join('')}</dl>`;
}

function renderField(name: string, field: SchemaNode, isRequired: boolean): string {
  const inner = field.items ?? field;
  const nested = inner.properties === undefined ? '' : renderSchema(inner);
  const mark = isRequired ? ' <span class="required">required</span>' : '';
  return `<dt><code>${escapeHtml(name)}</code> <span class="type">${typeOf(field)}</span>${mark}</dt><dd>${prose(field.description)}${nested}</dd>`;
}

function typeOf(schema: SchemaNode): string {
  const { $ref, type, items, anyOf } = schema;
  if ($ref !== undefined) {
    const name = escapeHtml($ref.split('/').at(-1) ?? '');
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escapeHtml(JSON.stringify(value))}</code>`).join(' | ');
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' | ');
  if (items !== undefined) return `${typeOf(items)}[]`;
  return escapeHtml([type ?? 'anything'].flat().join(' | '));
}
