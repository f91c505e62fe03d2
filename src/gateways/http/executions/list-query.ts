import { z } from 'zod';
import { tenantQuery } from '../../../http/callers/tenant-asked.ts';
import type { ListFilter } from '../../../queue/execution-queue.ts';
import { executionStateSchema } from '../../../wire/live.ts';
import { errorCodeNames } from '../../../wire/response/error-codes.ts';

const longestPage = 500;
const mostTags = 8;
const longestName = 512;

const time = z.iso.datetime({ offset: true, error: 'Write a time as 2026-01-31T12:00:00Z' });
const tagSchema = z.string().regex(/^[^=]+=/, 'a tag as key=value');
const codeSchema = z.enum(['OK', ...errorCodeNames]);

/** A parameter that may be repeated; one that comes once is a list of one. */
function several<T extends z.ZodType>(each: T, most: number) {
  const toList = (value: unknown) => (value === undefined || Array.isArray(value) ? value : [value]);
  return z.preprocess(toList, z.array(each).min(1).max(most).optional());
}

/** What a list of executions can be narrowed down to. */
const filterShape = {
  id: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/, 'how an execution id begins, such as 3f2a')
    .optional()
    .describe('How the execution id begins.'),
  state: several(executionStateSchema, executionStateSchema.options.length).describe('Repeat it for several states.'),
  prefix: z
    .string()
    .min(1)
    .max(longestName)
    .optional()
    .describe('How the execution id, the correlation id or the name begins.'),
  code: several(codeSchema, codeSchema.options.length).describe('`OK` or an error code. Repeat it for several.'),
  agent: z.string().max(longestName).optional().describe('The agent that runs it or ran it.'),
  name: z.string().optional(),
  image: z.string().optional().describe('As written in the request.'),
  tag: several(tagSchema, mostTags).describe('`key=value`. Repeat it for several tags.'),
  since: time.optional().describe('Submitted at this time or later.'),
  until: time.optional().describe('Submitted at this time or earlier.'),
};

export const listQuery = z.object({
  ...filterShape,
  tenant: tenantQuery,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(longestPage)
    .default(50)
    .describe('Maximum number of executions. A page ends earlier once it has 1 MiB; `next` is present if more follow.'),
  cursor: z.string().optional().describe('`next` of the previous page.'),
});

export interface FilterQuery {
  readonly id?: string | undefined;
  readonly prefix?: string | undefined;
  readonly state?: ListFilter['states'];
  readonly code?: ListFilter['codes'];
  readonly agent?: string | undefined;
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  /** `key=value` */
  readonly tag?: readonly string[] | undefined;
  /** ISO times. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export function filterOf(query: FilterQuery): ListFilter {
  const { id, prefix, state, code, agent, name, image, tag, since, until } = query;
  return {
    ...(id === undefined ? {} : { idPrefix: id }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(state === undefined ? {} : { states: state }),
    ...(code === undefined ? {} : { codes: code }),
    ...(agent === undefined ? {} : { agent }),
    ...(name === undefined ? {} : { name }),
    ...(image === undefined ? {} : { image }),
    ...(tag === undefined ? {} : { tags: tag.map(parseTag) }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  };
}

function parseTag(tag: string) {
  const [key = '', ...value] = tag.split('=');
  return { key, value: value.join('=') };
}
