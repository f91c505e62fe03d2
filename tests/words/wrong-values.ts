import { z } from 'zod';

export interface WrongValue {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
}

const deepest = 8;
const values: readonly unknown[] = [
  ...[null, true, -1, 0.5, 1e300, '', 'x', 'a\nb', 'y'.repeat(5000), [], {}, [null], [[1]], { x: 1 }, { '': null }],
];

/** Values of every kind at every field of a schema: nearly all of them are wrong there. */
export function* wrongValues(schema: z.core.$ZodType, path: readonly PropertyKey[] = []): Generator<WrongValue> {
  for (const value of values) yield { path, value };
  if (path.length >= deepest) return;
  for (const [key, part] of partsOf(schema)) yield* wrongValues(part, [...path, key]);
}

function partsOf(schema: z.core.$ZodType): readonly (readonly [PropertyKey, z.core.$ZodType])[] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape);
  if (schema instanceof z.ZodArray) return [[0, schema.element]];
  if (schema instanceof z.ZodRecord) return [['name', schema.valueType]];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(partsOf);
  if (schema instanceof z.ZodPipe) return [...partsOf(schema.in), ...partsOf(schema.out)];
  const inner = 'innerType' in schema._zod.def ? schema._zod.def.innerType : undefined;
  return inner instanceof z.core.$ZodType ? partsOf(inner) : [];
}

/** The smallest value that has a value at the path. */
export function valueWith({ path, value }: WrongValue, base: object = {}): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === 'number') return [valueWith({ path: rest, value })];
  const inner: unknown = Reflect.get(base, key);
  const below = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...base, [key]: valueWith({ path: rest, value }, below) };
}
