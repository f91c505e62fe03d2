import { z } from 'zod';
import type { ApiClient, ListQuery } from '../api-client.ts';
import { ApiError, isExpired } from '../api-error.ts';
import type { ApiPlace } from '../api-resource.ts';

export interface Listed<T> {
  readonly items: readonly T[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

export interface ListOptions<T> {
  readonly place: ApiPlace;
  readonly query: ListQuery;
  readonly schema: z.ZodType<T>;
  readonly pageItems: number;
  readonly signal: AbortSignal;
}

/** How often a list may begin anew because its pages expired. */
const mostBeginnings = 3;

/** All objects of a collection as of one moment, asked for in pages. */
export async function listAll<T>(client: ApiClient, options: ListOptions<T>): Promise<Listed<T>> {
  for (let beginning = 1; ; beginning += 1) {
    try {
      return await listOnce(client, options);
    } catch (error) {
      if (!(error instanceof ApiError && isExpired(error)) || beginning === mostBeginnings) throw error;
    }
  }
}

async function listOnce<T>(client: ApiClient, options: ListOptions<T>): Promise<Listed<T>> {
  const { place, query, pageItems, signal } = options;
  const schema = pageSchema(options.schema);
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await client.list(
      place,
      { ...query, limit: pageItems, ...(next && { continue: next }) },
      schema,
      signal,
    );
    items.push(...page.items);
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

function pageSchema<T>(item: z.ZodType<T>) {
  return z.object({
    metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
    items: z.array(item),
  });
}
