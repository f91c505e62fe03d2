import { z } from 'zod';
import { plainIssue } from './plain-issue.ts';

/**
 * The first few things that keep a JSON value from being what the schema says, with their paths in the value. Elements
 * and fields are looked at one after the other, because zod itself would list every one of a million wrong ones.
 */
export function firstIssues(schema: z.core.$ZodType, value: unknown, max: number): readonly z.core.$ZodIssue[] {
  const search: Search = { path: [], issues: [], max };
  look(schema, value, search);
  return search.issues;
}

interface Search {
  /** Where the search is just now. */
  readonly path: PropertyKey[];
  readonly issues: z.core.$ZodIssue[];
  readonly max: number;
}

function look(schema: z.core.$ZodType, value: unknown, search: Search): void {
  const { issues, max } = search;
  const inner = value === undefined ? schema : unwrap(schema, value);
  const size = sizeIssue(inner, value);
  if (size !== undefined) {
    if (issues.length < max) issues.push({ ...size, path: [...search.path] });
    return;
  }
  if (areOpenMaps(inner, value)) return;
  const children = childrenOf(inner, value);
  for (const [key, child, item] of children ?? []) {
    if (issues.length >= max) return;
    search.path.push(key);
    look(child, item, search);
    search.path.pop();
  }
  // Checks are what a schema says of the whole rather than of its parts.
  const hasChecks = !isCollection(inner) && (inner._zod.def.checks ?? []).length > 0;
  if (children === undefined || (hasChecks && issues.length === 0)) judge(inner, value, search);
}

/** Lists of maps of anything, such as the nodes of a graph, are by far the longest; nothing in these maps can be wrong. */
function areOpenMaps(schema: z.core.$ZodType, value: unknown): boolean {
  if (!(schema instanceof z.ZodArray) || !Array.isArray(value) || !isOpenMap(schema.element)) return false;
  return value.every(z.core.util.isPlainObject);
}

function isOpenMap(schema: z.core.$ZodType): boolean {
  return (
    schema instanceof z.ZodRecord &&
    schema.valueType instanceof z.ZodUnknown &&
    isAnyKey(schema.keyType) &&
    (schema.def.checks ?? []).length === 0
  );
}

function isAnyKey(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodString && (schema.def.checks ?? []).length === 0;
}

function isCollection(schema: z.core.$ZodType): schema is z.ZodArray | z.ZodRecord {
  return schema instanceof z.ZodArray || schema instanceof z.ZodRecord;
}

/** Lists and maps are counted before anybody looks at what is in them; their number is all that their checks are about. */
function sizeIssue(schema: z.core.$ZodType, value: unknown): z.core.$ZodIssue | undefined {
  if (!isCollection(schema) || (schema.def.checks ?? []).length === 0) return undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = schema instanceof z.ZodArray;
  const maximum = isList ? longestOf(schema) : schema.meta()?.maxProperties;
  const size = isList ? (Array.isArray(value) ? value.length : 0) : Object.keys(value).length;
  if (typeof maximum !== 'number' || size <= maximum) return undefined;
  const message = `It has ${size} entries. Use at most ${maximum}`;
  return {
    code: 'too_big',
    origin: isList ? 'array' : 'object',
    maximum,
    inclusive: true,
    input: undefined,
    path: [],
    message,
  };
}

function longestOf({ def }: z.ZodArray): number | undefined {
  const check = def.checks?.find((each) => each instanceof z.core.$ZodCheckMaxLength);
  return check?._zod.def.maximum;
}

function judge(schema: z.core.$ZodType, value: unknown, { path, issues, max }: Search): void {
  const { success, error } = z.safeParse(schema, value, { error: plainIssue });
  if (success) return;
  const room = max - issues.length;
  issues.push(...error.issues.slice(0, room).map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
}

type Children = Iterable<readonly [PropertyKey, z.core.$ZodType, unknown]>;

/** The parts of a value that can be judged each for itself; undefined when it has to be judged as a whole. */
function childrenOf(schema: z.core.$ZodType, value: unknown): Children | undefined {
  if (schema instanceof z.ZodArray) return Array.isArray(value) ? elementsOf(schema, value) : undefined;
  if (!z.core.util.isPlainObject(value)) return undefined;
  if (schema instanceof z.ZodObject) return fieldsOf(schema, value);
  return schema instanceof z.ZodRecord ? entriesOf(schema, value) : undefined;
}

function* elementsOf({ element }: z.ZodArray<z.core.$ZodType>, items: readonly unknown[]): Children {
  for (let index = 0; index < items.length; index += 1) yield [index, element, items[index]];
}

function* fieldsOf({ shape }: z.ZodObject, value: object): Children {
  for (const [key, field] of Object.entries(shape)) yield [key, field, Reflect.get(value, key)];
}

function* entriesOf({ keyType, valueType }: z.ZodRecord, value: object): Children {
  const anyKey = isAnyKey(keyType);
  if (anyKey && valueType instanceof z.ZodUnknown) return;
  for (const [key, item] of Object.entries(value)) {
    // zod skips this name, because objects cannot hold it like others.
    if (key === '__proto__') continue;
    if (!anyKey) yield [key, keyType, key];
    yield [key, valueType, item];
  }
}

function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap(), value);
  if (!(schema instanceof z.ZodUnion) || typeof value !== 'object' || value === null) return schema;
  // A sentence about an element or a field says more than one about everything that would be possible.
  const kind = Array.isArray(value) ? z.ZodArray : z.ZodObject;
  return schema.options.find((option) => option instanceof kind) ?? schema;
}
