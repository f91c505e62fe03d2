import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { pods } from '../api-resource.ts';
import { type Answering, openScriptedApi, send, status } from '../scripted-api.contract.ts';
import { type Change, type FollowOptions, followResource } from './follow-resource.ts';

const schema = z.object({ metadata: z.object({ name: z.string(), resourceVersion: z.string() }) });
type Item = z.infer<typeof schema>;

const place = { resource: pods, namespace: 'jobs' };

/** What goes wrong with one list or watch. */
type Trouble = 'cut' | 'expired' | 'garbage' | 'ends at once' | 'silent' | 'unavailable' | 'refused';
const troubles: readonly Trouble[] = ['cut', 'expired', 'garbage', 'ends at once', 'silent', 'unavailable', 'refused'];

/** A collection with a history, and what goes wrong with the next questions about it. */
class Collection {
  readonly items = new Map<string, Item>();
  readonly #history: { readonly type: string; readonly object: Item; readonly version: number }[] = [];
  readonly #watching = new Set<ServerResponse>();
  readonly troubles: Trouble[];
  #version = 0;

  constructor(wrong: readonly Trouble[]) {
    this.troubles = [...wrong];
  }

  change(name: string, isDeleted: boolean): void {
    this.#version += 1;
    const object = { metadata: { name, resourceVersion: String(this.#version) } };
    const type = isDeleted ? 'DELETED' : this.items.has(name) ? 'MODIFIED' : 'ADDED';
    if (isDeleted && !this.items.delete(name)) return;
    if (!isDeleted) this.items.set(name, object);
    this.#history.push({ type, object, version: this.#version });
    for (const response of this.#watching) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  readonly answer: Answering = ({ query }, response) => {
    const trouble = this.troubles.shift();
    if (trouble === 'unavailable') return send(response, 503, status(503, 'ServiceUnavailable', 'starting'));
    if (trouble === 'refused') return send(response, 410, status(410, 'Expired', 'too old'));
    if (trouble === 'garbage') return send(response, 200, 'not json\n');
    if (trouble === 'cut') return void response.destroy();
    if (query.watch === 'true') return this.#watch(Number(query.resourceVersion), trouble, response);
    const all = [...this.items.values()];
    const offset = Number(query.continue ?? 0);
    const end = offset + Number(query.limit);
    const next = end < all.length ? { continue: String(end) } : {};
    // Changes between two pages would need a snapshot, which the real server has.
    send(response, 200, {
      metadata: { resourceVersion: String(this.#version), ...next },
      items: all.slice(offset, end),
    });
  };

  #watch(from: number, trouble: Trouble | undefined, response: ServerResponse): void {
    response.writeHead(200).flushHeaders();
    if (trouble === 'ends at once') return void response.end();
    if (trouble === 'silent') return;
    if (trouble === 'expired')
      return void response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired', 'too old') })}\n`);
    for (const { type, object, version } of this.#history)
      if (version > from) response.write(`${JSON.stringify({ type, object })}\n`);
    this.#watching.add(response);
    response.once('close', () => this.#watching.delete(response));
  }
}

/** What a follower believes. */
class View {
  names = new Map<string, string>();

  take(change: Change<Item>): void {
    if (change.kind === 'listed')
      this.names = new Map(change.items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    else if (change.kind === 'deleted') this.names.delete(change.item.metadata.name);
    else this.names.set(change.item.metadata.name, change.item.metadata.resourceVersion);
  }
}

const limits = { watchMs: 60_000, idleMs: 40, eventBytes: 10_000 };

function optionsOf(signal: AbortSignal, onTrouble: (error: unknown) => void = () => undefined): FollowOptions<Item> {
  return { place, query: {}, schema, limits, pageItems: 2, backoffMs: 1, backoffMaxMs: 4, signal, onTrouble };
}

describe('follow a resource', () => {
  test('ends up with what the server has after any failures', async () => {
    const changes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.boolean()), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        changes,
        changes,
        fc.array(fc.constantFrom(...troubles), { maxLength: 6 }),
        async (before, after, wrong) => {
          const collection = new Collection(wrong);
          for (const [name, isDeleted] of before) collection.change(name, isDeleted);
          await using api = await openScriptedApi(collection.answer);
          const ending = new AbortController();
          const view = new View();
          const wanted = () =>
            JSON.stringify(
              [...collection.items.values()].map(({ metadata }) => [metadata.name, metadata.resourceVersion]).sort(),
            );
          let remaining = [...after];
          const following = (async () => {
            for await (const change of followResource(api.client, optionsOf(ending.signal))) {
              view.take(change);
              const [next, ...others] = remaining;
              remaining = others;
              if (next !== undefined) collection.change(...next);
              else if (collection.troubles.length === 0 && JSON.stringify([...view.names].sort()) === wanted())
                ending.abort(new Error('done'));
            }
          })();
          await expect(following).rejects.toThrow('done');
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  test('lists anew when a watch is silent', async () => {
    const collection = new Collection([]);
    await using api = await openScriptedApi(collection.answer);
    const ending = new AbortController();
    const seen: unknown[] = [];
    const listed = (async () => {
      let lists = 0;
      for await (const { kind } of followResource(
        api.client,
        optionsOf(ending.signal, (error) => seen.push(error)),
      ))
        if (kind === 'listed' && ++lists === 2) ending.abort(new Error('listed twice'));
    })();
    await expect(listed).rejects.toThrow('listed twice');
    expect(seen).toMatchObject([{ message: 'the watch was silent for 40 ms' }]);
  });

  test('waits as long as the server asks', async () => {
    const ending = new AbortController();
    await using api = await openScriptedApi((_, response) =>
      send(response, 429, status(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 3600 })),
    );
    const troublesSeen: unknown[] = [];
    const onTrouble = (error: unknown) => {
      troublesSeen.push(error);
      // It waits now; the test does not.
      setTimeout(() => ending.abort(new Error('ended')), 100);
    };
    const following = followResource(api.client, optionsOf(ending.signal, onTrouble)).next();
    await expect(following).rejects.toThrow('ended');
    expect([api.asked.length, troublesSeen.length]).toEqual([1, 1]);
  });
});
