import { z } from 'zod';

/** Which part of an output a piece of the live log is. Numbers are bytes of text. */
export interface LogPlace {
  /** The attempt and the step that write it. */
  readonly attempt: string;
  /** In both streams together. */
  readonly from: number;
  readonly to: number;
  /** In the stream of the piece alone. */
  readonly end: number;
}

const bytes = z.coerce.number().int().nonnegative();
const placeSchema = z.object({ attempt: z.string(), from: bytes, to: bytes, end: bytes });

/** As fields of an entry of a stream. */
export function placeFields({ attempt, from, to, end }: LogPlace): string[] {
  return ['attempt', attempt, 'from', `${from}`, 'to', `${to}`, 'end', `${end}`];
}

/** @returns undefined for an entry without a place, as another program may have written */
export function readPlace(fields: readonly string[]): LogPlace | undefined {
  const named = fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1]]] : []));
  return placeSchema.safeParse(Object.fromEntries(named)).data;
}
