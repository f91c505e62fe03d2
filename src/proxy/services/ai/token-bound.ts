import { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';

const mostTokens = 1e12;
const count = z.number().int().positive().max(1e9).optional().catch(undefined);
const limitsSchema = z.object({ max_tokens: count, max_completion_tokens: count, n: count });

// Text of any language has at least about this many bytes for each token.
const bytesPerToken = 3;

/**
 * What a call of a model may take that does not get to report it: its prompt, and as many tokens as it asks for.
 * @param usual tokens of an answer whose request sets no limit
 */
export function tokenBound(body: Buffer, usual: number): number {
  const { data = {} } = readJson(body.toString('utf8'), limitsSchema);
  const { max_tokens = 0, max_completion_tokens = 0, n = 1 } = data;
  const answer = Math.max(max_tokens, max_completion_tokens) || usual;
  return Math.ceil(body.length / bytesPerToken) + Math.min(answer * n, mostTokens);
}
