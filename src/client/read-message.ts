import type { z } from 'zod';

/** A message as its schema describes it; undefined for anything else, because everyone may publish on a channel. */
export function readMessage<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // It is not JSON.
    return undefined;
  }
}
