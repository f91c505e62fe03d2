import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueKeys } from '../../src/queue/keys.ts';
import { shell } from '../agent/open-test-agent.ts';
import { scriptedParts } from '../agent/scripted-parts.ts';
import { describeWith } from '../parts/require-part.ts';
import { type HttpBench, openHttpBench } from './open-http-bench.ts';
import { type ReadEvent, readEvents } from './read-events.ts';

describeWith('redis', 'events over HTTP', () => {
  let bench: HttpBench;
  let otherUrl: string;
  let [owner, stranger] = ['', ''];
  beforeAll(async () => {
    bench = await openHttpBench({}, scriptedParts());
    ({ httpUrl: otherUrl = '' } = await bench.deployment.open());
    [owner, stranger] = [await bench.makeToken('owner'), await bench.makeToken('stranger')];
  });
  afterAll(() => bench.close());

  interface Reading {
    readonly url?: string;
    readonly token?: string;
    readonly onFirst?: () => Promise<unknown>;
  }
  /** Opens a stream and reads so many events of it. */
  const read = async (count: number, after?: string, { url = bench.url, token = owner, onFirst }: Reading = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...(after !== undefined && { 'last-event-id': after }) };
    const left = new AbortController();
    const events: ReadEvent[] = [];
    const stream = readEvents(await fetch(`${url}/v1/events`, { headers, signal: left.signal }));
    while (events.length < count) {
      const { value } = await stream.next();
      if (value !== undefined) events.push(value);
      if (events.length === 1) await onFirst?.();
    }
    left.abort();
    await stream.next().catch(() => undefined);
    return events;
  };
  const stateOf = ({ data }: ReadEvent) => data;
  const newest = async () => {
    const { redis, config } = bench.deployment;
    return (await redis.xrevrange(queueKeys(config.keyPrefix).events, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0';
  };

  test('none is lost and none comes twice, for any break of a connection and any agent that continues', async () => {
    const start = await newest();
    for (let index = 0; index < 3; index += 1) {
      await bench.run(shell('true'), owner);
      await bench.run(shell('true'), stranger);
    }
    // Queued, staging, running, collecting, finished: of each execution that the caller may see.
    const all = await read(15, start);
    expect(new Set(all.map(({ id }) => id)).size).toBe(15);
    for (const event of all)
      expect(event).toMatchObject({ event: 'state', data: { tenant: 'owner', event_id: event.id } });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 14 }), fc.boolean(), async (cut, isElsewhere) => {
        const first = await read(cut, start);
        const rest = await read(15 - cut, first.at(-1)?.id, isElsewhere ? { url: otherUrl } : {});
        expect([...first, ...rest].map(stateOf)).toEqual(all.map(stateOf));
      }),
      { numRuns: 10 },
    );
  });

  test('a stream that was resumed goes on with what happens then', async () => {
    const start = await newest();
    const id = await bench.run(shell('true'), owner);
    const reading = read(10, start);
    const next = await bench.run(shell('true'), owner);
    const ids = (await reading).map(({ data }) => JSON.stringify(data));
    expect(ids.slice(0, 5).every((text) => text.includes(id))).toBe(true);
    expect(ids.slice(5).every((text) => text.includes(next))).toBe(true);
  });

  test('a reader that has seen none knows where to resume', async () => {
    const response = await bench.ask('/v1/events', { token: owner });
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('id: ')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    await reader?.cancel();
    expect(/id: (\S+)\n\n/.exec(text)?.[1]).toBe(await newest());
  });

  test('what is no longer kept is reported as a gap, and the stream goes on behind it', async () => {
    const { redis, config } = bench.deployment;
    const start = await newest();
    await bench.run(shell('true'), owner);
    await redis.xtrim(queueKeys(config.keyPrefix).events, 'MAXLEN', 2);
    for (const after of [start, 'no position', '99999999999999999999-0']) {
      const [event] = await read(1, after);
      expect(event).toMatchObject({ event: 'gap', id: await newest() });
    }
    // What happens before the stream is open belongs to the gap.
    const events = await read(2, start, { onFirst: () => bench.run(shell('true'), owner) });
    expect(events.map(({ event }) => event)).toEqual(['gap', 'state']);
  });
});
