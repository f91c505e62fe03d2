import { z } from 'zod';
import { fieldName } from '../../support/field-name.ts';

/** Fields of the value that the schema does not know, as the user would write them; loose objects know all theirs. */
export function unknownFields(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[] = []): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.flatMap((item, index) => unknownFields(inner.element, item, [...path, index]));
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return [];
  if (inner.def.catchall !== undefined) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const known = inner.shape[key];
    return known === undefined ? [fieldName([...path, key])] : unknownFields(known, item, [...path, key]);
  });
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
