import { z } from 'zod';
import { readIfThere } from '../../../support/files/read-if-there.ts';

const countSchema = z.coerce.number().int().positive();

/** How many bytes of a container's output its keeper has dropped; called once the container has ended. */
export async function readDropped(path: string): Promise<number | 'unknown'> {
  const text = await readIfThere(path);
  if (text === undefined) return 0;
  return countSchema.safeParse(text.trim()).data ?? 'unknown';
}
