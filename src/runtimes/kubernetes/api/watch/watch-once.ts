import { z } from 'zod';
import { messageOf } from '../../../../support/exec-error.ts';
import { readJson } from '../../../../support/json/read-json.ts';
import { readLines } from '../../../../support/text/read-lines.ts';
import type { ApiClient, ListQuery } from '../api-client.ts';
import { apiErrorOf } from '../api-error.ts';
import type { ApiPlace } from '../api-resource.ts';

export interface WatchLimits {
  /** The server ends a watch after this time, and up to half of it more by chance. */
  readonly watchMs: number;
  /** A watch without an event or a bookmark for this time is taken for broken; servers send bookmarks once a minute. */
  readonly idleMs: number;
  /** An object is at most 1.5 MiB in the API's store. */
  readonly eventBytes: number;
}

export interface WatchOptions<T> {
  readonly place: ApiPlace;
  readonly query: ListQuery;
  readonly schema: z.ZodType<T>;
  readonly limits: WatchLimits;
  readonly signal: AbortSignal;
}

export interface WatchEvent<T> {
  /** A bookmark has no object. */
  readonly kind: 'set' | 'deleted' | 'bookmark';
  readonly item?: T;
  readonly resourceVersion: string;
}

const lineSchema = z.object({ type: z.string(), object: z.unknown() });
const metadataSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const kinds = { ADDED: 'set', MODIFIED: 'set', DELETED: 'deleted', BOOKMARK: 'bookmark' } as const;

/**
 * The changes after a version, until the server ends the watch.
 * @throws ApiError `Expired` when the version is no longer kept; Error when the watch is silent or not as expected
 */
export async function* watchOnce<T>(
  client: ApiClient,
  resourceVersion: string,
  { place, query, schema, limits, signal }: WatchOptions<T>,
): AsyncGenerator<WatchEvent<T>> {
  const timeoutSeconds = Math.ceil((limits.watchMs * (1 + Math.random() / 2)) / 1000);
  const idle = new AbortController();
  const beIdle = () => idle.abort(new Error(`the watch was silent for ${limits.idleMs} ms`));
  const timer = setTimeout(beIdle, limits.idleMs);
  try {
    const both = AbortSignal.any([signal, idle.signal]);
    const body = await client.watch(place, { ...query, resourceVersion, timeoutSeconds }, both);
    try {
      for await (const line of readLines(body, limits.eventBytes)) {
        timer.refresh();
        yield eventOf(line, schema, place);
      }
    } finally {
      body.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw idle.signal.aborted ? idle.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function eventOf<T>(line: string, schema: z.ZodType<T>, place: ApiPlace): WatchEvent<T> {
  const { type, object } = parsed(line, lineSchema);
  const attempted = { verb: 'watch', resource: place.resource.name, namespace: place.namespace } as const;
  if (type === 'ERROR') throw apiErrorOf(codeOf(object), JSON.stringify(object), attempted);
  const { resourceVersion } = check(object, metadataSchema).metadata;
  if (!isKnown(type)) throw new Error(`the watch sent an event of the unknown type ${type.slice(0, 40)}`);
  const kind = kinds[type];
  return kind === 'bookmark' ? { kind, resourceVersion } : { kind, resourceVersion, item: check(object, schema) };
}

function isKnown(type: string): type is keyof typeof kinds {
  return Object.hasOwn(kinds, type);
}

function codeOf(status: unknown): number {
  return z.object({ code: z.number() }).safeParse(status).data?.code ?? 500;
}

function parsed<T>(text: string, schema: z.ZodType<T>): T {
  const { data, problem } = readJson(text, schema);
  if (problem !== undefined) throw new Error(`the watch sent what cannot be understood: ${problem}`);
  return data;
}

function check<T>(value: unknown, schema: z.ZodType<T>): T {
  const { data, error } = schema.safeParse(value);
  if (error !== undefined) throw new Error(`the watch sent what cannot be understood: ${messageOf(error)}`);
  return data;
}
