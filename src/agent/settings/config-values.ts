import { z } from 'zod';
import { parseBytes } from '../../support/text/bytes.ts';

/** Kinds of configuration values: each takes the text of a variable or the value of a YAML key. */

export const text = () => z.coerce.string().min(1, 'a value that is not empty');

export const integer = (min: number, max: number) =>
  z.coerce
    .number()
    .int()
    .min(min, `a whole number from ${min} to ${max}`)
    .max(max, `a whole number from ${min} to ${max}`);

export const integerOrAuto = (min: number, max: number) =>
  z.union([z.literal('auto'), integer(min, max)], { error: `auto, or a whole number from ${min} to ${max}` });

export const decimal = (min: number, max: number) =>
  z.coerce.number().min(min, `a number from ${min} to ${max}`).max(max, `a number from ${min} to ${max}`);

/** Seconds, fractions allowed. */
export const seconds = (min: number, max: number) => decimal(min, max);

/** `512m`, `2g`, `1048576`: becomes a number of bytes. */
export const bytes = () =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parseBytes(String(value));
    if (parsed !== undefined && parsed > 0) return parsed;
    context.addIssue({ code: 'custom', message: 'a size such as 512m or 2g' });
    return z.NEVER;
  });

/** The same, or 0. */
export const bytesOrZero = () =>
  z.union([z.literal([0, '0']).transform(() => 0), bytes()], { error: 'a size such as 512m or 2g, or 0' });

const item = z.union([z.string(), z.number()]);

/** Values with commas between them, or a YAML list. @param valid a pattern is also part of the JSON Schema */
export const list = (valid: RegExp | ((value: string) => boolean), expected: string) => {
  const isValid = valid instanceof RegExp ? (value: string) => valid.test(value) : valid;
  const items = valid instanceof RegExp ? item.meta({ pattern: valid.source }) : item;
  return z.union([item, z.array(items)]).transform((value, context) => {
    const values = [value].flat().flatMap((each) =>
      String(each)
        .split(',')
        .map((part) => part.trim()),
    );
    const filled = values.filter((each) => each !== '');
    if (filled.every(isValid)) return filled;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
};

export const flag = () =>
  z.union([z.boolean(), z.string()]).transform((value, context) => {
    const word = String(value).toLowerCase();
    if (['1', 'true', 'yes', 'on'].includes(word)) return true;
    if (['0', 'false', 'no', 'off', ''].includes(word)) return false;
    context.addIssue({ code: 'custom', message: 'true or false' });
    return z.NEVER;
  });

export const choice = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

/** `a=1,b=2`, or a YAML object: becomes an object. */
export const pairs = <Value extends string | number>(
  key: RegExp,
  value: z.ZodType<Value>,
  { most, expected }: { readonly most: number; readonly expected: string },
) =>
  z
    .union([z.string(), z.record(z.string().meta({ pattern: key.source }), z.union([z.string(), z.number()]))])
    .transform((given, context): Readonly<Record<string, Value>> => {
      const entries = typeof given === 'string' ? splitPairs(given) : Object.entries(given);
      const parsed = entries.map(([name, text]) => ({ name, ...value.safeParse(text) }));
      const names = new Set(parsed.map(({ name }) => name));
      const values = parsed.flatMap(({ name, data }) => (data === undefined || !key.test(name) ? [] : [[name, data]]));
      if (values.length === parsed.length && names.size === parsed.length && parsed.length <= most)
        return Object.fromEntries(values);
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });

function splitPairs(text: string): (readonly [string, string])[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', ...rest] = part.split('=');
      // An empty value is valid for no pair.
      return [name.trim(), rest.join('=').trim()];
    });
}
