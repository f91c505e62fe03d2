import { z } from 'zod';
import { type JsonEntry, type JsonNode, list, map, raw, text } from './json-node.ts';
import { type Dice, oddNumber, oddText, oddValue, pick } from './odd-values.ts';

/** As much of JSON Schema as the request's has. */
export interface RequestSchema {
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly RequestSchema[] | undefined;
  readonly properties?: Readonly<Record<string, RequestSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: RequestSchema | undefined;
  readonly additionalProperties?: RequestSchema | boolean | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
}

export const requestSchemaSchema: z.ZodType<RequestSchema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    anyOf: z.array(requestSchemaSchema).optional(),
    properties: z.record(z.string(), requestSchemaSchema).optional(),
    required: z.array(z.string()).optional(),
    items: requestSchemaSchema.optional(),
    additionalProperties: z.union([z.boolean(), requestSchemaSchema]).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxItems: z.number().optional(),
    maxProperties: z.number().optional(),
    maxLength: z.number().optional(),
    pattern: z.string().optional(),
  }),
);

export interface MakeOptions {
  readonly dice: Dice;
  /** How many of a thousand values are not what the schema says. */
  readonly odds: number;
  /** What to write for a field of that name, or for a name in a map of that name; undefined: what the schema says. */
  readonly hint: (field: string, dice: Dice) => JsonNode | undefined;
  /** Whether lists and maps may be as long as their bounds: not within one that is. */
  readonly mayBeLong: boolean;
  readonly hintName: (field: string, dice: Dice) => string | undefined;
}

// Longer lists come as often as one in this many.
const longListOdds = 60;
const longFrom = 50;

/** A value for the schema, with something odd in it here and there. @param field name of the field that it is for */
export function nodeFromSchema(schema: RequestSchema, field: string, options: MakeOptions): JsonNode {
  const { dice, odds } = options;
  if (dice(1000) < odds) return oddValue(dice);
  const hinted = options.hint(field, dice);
  if (hinted !== undefined && dice(10) > 0) return hinted;
  if (schema.anyOf !== undefined) return nodeFromSchema(pick(dice, schema.anyOf), field, options);
  if (schema.enum !== undefined) return raw(JSON.stringify(pick(dice, schema.enum)));
  if (schema.const !== undefined) return raw(JSON.stringify(schema.const));
  const types = [schema.type ?? []].flat();
  switch (types.length === 0 ? undefined : pick(dice, types)) {
    case 'object':
      return mapFromSchema(schema, field, options);
    case 'array':
      return listFromSchema(schema, field, options);
    case 'string':
      return textFromSchema(schema, dice, odds);
    case 'integer':
    case 'number':
      return numberFromSchema(schema, dice, odds);
    case 'boolean':
      return raw(pick(dice, ['true', 'false']));
    default:
      return oddValue(dice);
  }
}

function mapFromSchema(schema: RequestSchema, field: string, options: MakeOptions): JsonNode {
  const { dice, odds } = options;
  const { properties = {}, required = [], additionalProperties } = schema;
  const entries: JsonEntry[] = [];
  for (const [name, inner] of Object.entries(properties)) {
    const isWanted = required.includes(name) ? dice(1000) >= odds : dice(4) === 0;
    if (isWanted) entries.push([name, nodeFromSchema(inner, name, options)]);
    if (isWanted && dice(2000) < odds) entries.push([name, nodeFromSchema(inner, name, options)]);
  }
  const length = typeof additionalProperties === 'object' ? lengthOf(schema.maxProperties, options) : 0;
  const within = { ...options, mayBeLong: options.mayBeLong && length < longFrom };
  if (typeof additionalProperties === 'object')
    for (let n = length; n > 0; n--)
      entries.push([
        options.hintName(field, dice) ?? `k${n}`,
        nodeFromSchema(additionalProperties, `${field} value`, within),
      ]);
  if (dice(1000) < odds)
    entries.push([pick(dice, ['__proto__', 'constructor', 'unknown', oddText(dice)]), oddValue(dice)]);
  return map(entries);
}

function listFromSchema(schema: RequestSchema, field: string, options: MakeOptions): JsonNode {
  const length = lengthOf(schema.maxItems, options);
  const within = { ...options, mayBeLong: options.mayBeLong && length < longFrom };
  const few = Array.from({ length: Math.min(length, 20) }, () =>
    nodeFromSchema(schema.items ?? {}, `${field} item`, within),
  );
  // Of a long list the bound is what counts, and not what each item is.
  const [first] = few;
  return list(first === undefined ? [] : [...few, ...Array.from({ length: length - few.length }, () => first)]);
}

function lengthOf(max: number | undefined, { dice, mayBeLong }: MakeOptions): number {
  if (!mayBeLong || dice(longListOdds) > 0) return dice(4);
  if (max !== undefined && max <= 20_000) return pick(dice, [max - 1, max, max + 1]);
  return pick(dice, [64, 500, 5000]);
}

function textFromSchema({ maxLength, pattern }: RequestSchema, dice: Dice, odds: number): JsonNode {
  if (pattern !== undefined && dice(1000) >= odds * 4)
    return text(pick(dice, ['/workspace', '8000', 'NAME', 'a', '755']));
  if (maxLength !== undefined && maxLength <= 100_000 && dice(20) === 0)
    return text('é'.repeat(pick(dice, [maxLength - 1, maxLength, maxLength + 1])));
  return text(dice(4) === 0 ? oddText(dice) : pick(dice, ['a', 'name', 'some text', '1']));
}

function numberFromSchema({ minimum = 0, maximum }: RequestSchema, dice: Dice, odds: number): JsonNode {
  if (dice(1000) < odds * 4) return oddNumber(dice);
  const within = maximum === undefined ? [minimum, minimum + 1] : [minimum, minimum + 1, maximum];
  const beyond = dice(1000) < odds * 4 ? [minimum - 1, (maximum ?? 0) + 1] : [];
  return raw(String(pick(dice, [...within, ...beyond])));
}
