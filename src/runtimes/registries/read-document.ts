import type { z } from 'zod';
import { type ReadJson, readJsonInTurns } from '../../support/json/read-json.ts';
import { nextTurn } from '../../support/time/next-turn.ts';

/** What a registry may send as a manifest or configuration, which is what registries have to accept. */
export const longestDocument = 4 * 1024 ** 2;
/** Far more than the largest image has; parsing and checking so many takes milliseconds. */
const mostValues = 200_000;
const charactersPerTurn = 1024 ** 2;
const [comma, openArray, openObject] = [0x2c, 0x5b, 0x7b];

/**
 * Reads a manifest or a configuration, which strangers push to registries. Never throws; others run while a long one is read.
 */
export async function readDocument<T>(text: string, schema: z.ZodType<T>): Promise<ReadJson<T>> {
  let values = 0;
  for (let from = 0; from < text.length; from += charactersPerTurn) {
    const end = Math.min(from + charactersPerTurn, text.length);
    for (let at = from; at < end; at += 1) {
      const code = text.charCodeAt(at);
      // Those in texts count as well: before it is parsed, they need not be distinguished.
      if (code === comma || code === openArray || code === openObject) values += 1;
    }
    if (values > mostValues) return { problem: `it has more than ${mostValues} values` };
    if (end < text.length) await nextTurn();
  }
  return readJsonInTurns(text, schema);
}
