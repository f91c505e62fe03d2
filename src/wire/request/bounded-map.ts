import { z } from 'zod';

/** A map with a maximum number of entries, which is `maxProperties` in its JSON Schema. */
export function boundedMap<K extends z.ZodType<string, string>, V extends z.ZodType>(key: K, value: V, max: number) {
  return z
    .record(key, value)
    .refine((map) => Object.keys(map).length <= max, `It has more than ${max} entries. Use at most ${max}`)
    .meta({ maxProperties: max });
}
