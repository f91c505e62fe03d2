import { z } from 'zod';
import { problemSchema } from '../../../wire/http.ts';

export const idParams = z.object({
  id: z.string().min(1).max(512).describe('Execution id, or the latest correlation id.'),
});

export const waitQuery = z.object({
  wait: z.coerce
    .number('a number of seconds')
    .min(0, 'a number of seconds, 0 or more')
    .optional()
    .describe('Seconds to wait for the end; longer than the agent allows is cut.'),
});

const problem = { 'application/problem+json': { schema: problemSchema } };

const told: Readonly<Record<number, string>> = {
  400: 'The request is wrong; `detail` names the field.',
  401: 'No valid token.',
  403: 'The token lacks the scope, or policy forbids it.',
  404: 'There is nothing of that name for this tenant.',
  409: 'It is not in a state for that.',
  413: 'Too large.',
  415: 'Another kind of body is expected.',
  416: 'There is no such range.',
  429: 'Too many; `retry-after` says when.',
  503: 'Not now; `retry-after` says when.',
};

/** The problems that a route tells beside those that every route does. */
export function problems(...statuses: readonly number[]) {
  const all = [400, 401, 403, 429, 503, ...statuses].sort((a, b) => a - b);
  return Object.fromEntries(all.map((status) => [status, { description: told[status] ?? '', content: problem }]));
}

/** An answer of that kind. */
export function answer(description: string, schema: z.ZodType, type = 'application/json') {
  return { description, content: { [type]: { schema } } };
}
