import { z } from 'zod';
import { fieldName } from '../../../support/json/field-name.ts';
import { nearestName } from '../../../support/names/nearest-name.ts';

export interface UnknownFields {
  /** The first of them, as the user would write them. */
  readonly names: readonly string[];
  /** Of these, those that are nearly the name of a known field, with that field. */
  readonly misspelt: readonly { readonly name: string; readonly nearest: string }[];
  readonly total: number;
}

interface Search {
  readonly names: string[];
  readonly misspelt: { readonly name: string; readonly nearest: string }[];
  total: number;
  readonly max: number;
}

/** Fields of the value that the schema does not know, the first `max` by name; loose objects know all theirs. */
export function unknownFields(schema: z.core.$ZodType, value: unknown, max: number): UnknownFields {
  const search: Search = { names: [], misspelt: [], total: 0, max };
  look(schema, value, [], search);
  return { names: search.names, misspelt: search.misspelt, total: search.total };
}

/** @param path of the value; as it was when this returns */
function look(schema: z.core.$ZodType, value: unknown, path: PropertyKey[], search: Search): void {
  const inner = unwrap(schema, value);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const element = unwrap(inner.element, undefined);
    if (!(element instanceof z.ZodArray) && !(element instanceof z.ZodUnion) && !isClosed(element)) return;
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      look(element, value[index], path, search);
      path.pop();
    }
    return;
  }
  if (!isClosed(inner) || typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const known = Object.hasOwn(inner.shape, key) ? inner.shape[key] : undefined;
    path.push(key);
    if (known !== undefined) look(known, Reflect.get(value, key), path, search);
    else {
      search.total += 1;
      if (search.names.length < search.max) note(key, path, inner.shape, search);
    }
    path.pop();
  }
}

function note(key: string, path: readonly PropertyKey[], shape: object, { names, misspelt }: Search): void {
  const name = fieldName(path);
  names.push(name);
  const nearest = nearestName(key, Object.keys(shape));
  if (nearest !== undefined) misspelt.push({ name, nearest });
}

/** Whether an object may have no other fields than those of its schema. */
function isClosed(schema: z.core.$ZodType): schema is z.ZodObject {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined;
}

/** Of a union, the choice that is meant by a value that is an object or a list. */
function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap(), value);
  if (!(schema instanceof z.ZodUnion) || typeof value !== 'object' || value === null) return schema;
  const kind = Array.isArray(value) ? z.ZodArray : z.ZodObject;
  return schema.options.find((option) => option instanceof kind) ?? schema;
}
