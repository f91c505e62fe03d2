import { z } from 'zod';
import { problemSchema } from '../wire/http/problem.ts';

export const idParams = z.object({
  id: z.string().min(1).max(512).describe('Execution id, or correlation id (the latest execution with it).'),
});

export const waitQuery = z.object({
  wait: z.coerce
    .number('a number of seconds')
    .min(0, 'a number of seconds, 0 or more')
    .optional()
    .describe('Seconds to wait for the execution to finish, at most `EXEC_HTTP_WAIT_MAX`.'),
});

const problem = { 'application/problem+json': { schema: problemSchema } };

const meanings: Readonly<Record<number, string>> = {
  400: 'The request is invalid. `detail` names the field.',
  401: 'The token is missing or invalid.',
  403: 'The token lacks the scope, or a policy forbids it.',
  404: 'It does not exist, or belongs to another tenant.',
  409: 'The current state does not allow this. `detail` gives the reason.',
  413: 'Too large.',
  415: 'The body has the wrong content type.',
  416: 'The file has no such range.',
  429: 'Too many requests. Retry after `retry-after`.',
  503: 'Temporarily unavailable. Retry after `retry-after`.',
};

/** The problems that a route returns besides those that every route returns. */
export function problems(...statuses: readonly number[]) {
  const all = [400, 401, 403, 429, 503, ...statuses].sort((a, b) => a - b);
  return Object.fromEntries(all.map((status) => [status, { description: meanings[status] ?? '', content: problem }]));
}

/** An answer of that kind. */
export function answer(description: string, schema: z.ZodType, type = 'application/json') {
  return { description, content: { [type]: { schema } } };
}
