import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readWaitedMs } from '../../../../tests/parts/measure/read-waited-ms.ts';
import { createDrafter, type Drafter, type DrafterOptions } from './create-drafter.ts';
import { type DraftedRequest, draftRequest } from './draft-request.ts';

const MiB = 1024 ** 2;
const options = {
  executionId: '11111111-1111-4111-8111-111111111111',
  gateway: 'redis',
  tenant: 'default',
  responseChannel: 'exec-responses',
  servicePort: 9000,
  maxBytes: 8 * MiB,
};
const container = { image: 'alpine' };
const many = <T>(length: number, make: (index: number) => T) => Array.from({ length }, (_, index) => make(index));

/** Messages of more than 4 MiB that take longest to read, each in another way. */
const worst: Readonly<Record<string, () => string>> = {
  'unusual numbers': () =>
    `{"container":{"image":"a"},"input":{"config_data":{"x":[${Array(1_100_000).fill('1.0').join(',')}]}}}`,
  'a graph': () => {
    const nodes = many(40_000, (index) => ({ id: `n${index}`, labels: ['A'], properties: { x: index } }));
    const relationships = many(40_000, (index) => ({ type: 'T', source: `n${index}`, target: `none${index}` }));
    return JSON.stringify({ container, input: { graph_data: { nodes, relationships } } });
  },
  'deep files': () => {
    const files = many(6_500, (index) => ({ name: `${index}${'/a'.repeat(98)}`, content: 'x'.repeat(500) }));
    return JSON.stringify({ container, input: { files } });
  },
  'unknown fields': () =>
    JSON.stringify({ container, ...Object.fromEntries(many(380_000, (index) => [`x${index}`, 1])) }),
  'many names': () =>
    JSON.stringify({
      container,
      input: { config_data: Object.fromEntries(many(380_000, (index) => [`k${index}`, 1])) },
    }),
  'escaped text': () =>
    JSON.stringify({ container, input: { files: [{ name: 'a', content: '"\n'.repeat(1_100_000) }] } }),
};

describe('createDrafter', () => {
  let directory = '';
  let threadFile = '';
  const opened: Drafter[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'drafter-'));
    threadFile = join(directory, 'thread.mjs');
    const entry = join(dirname(fileURLToPath(import.meta.url)), 'draft-thread.ts');
    await build({ entryPoints: [entry], outfile: threadFile, bundle: true, format: 'esm', platform: 'node' });
    await stop();
  });
  afterEach(async () => {
    for (const drafter of opened.splice(0)) await drafter.close();
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const open = (more: DrafterOptions = {}) => {
    const drafter = createDrafter({ threadFile, ...more });
    opened.push(drafter);
    return drafter;
  };

  test.each(Object.keys(worst))('large messages: %s are read while the event loop turns', async (name) => {
    const text = worst[name]?.() ?? expect.fail('there is such a message');
    expect(text.length).toBeGreaterThan(4 * MiB);
    const drafter = open();
    // The thread has started, as before every message but the first.
    await drafter.draft(`{"x":"${'x'.repeat(100_000)}"}`, options);
    let turns = 0;
    let longest = 0;
    let over = false;
    const reading = Promise.resolve(drafter.draft(text, options)).finally(() => {
      over = true;
    });
    const clock = () => performance.now() - readWaitedMs();
    for (let last = clock(); !over; turns += 1) {
      await pause(1);
      longest = Math.max(longest, clock() - last);
      last = clock();
    }
    const drafted = await reading;
    const started = performance.now();
    const expected = draftRequest(text, options);
    const control = performance.now() - started;
    expect(same(drafted, expected)).toBe(true);
    expect(turns).toBeGreaterThan(10);
    // On an idle host 50 ms at most, for the copies to and from the thread; on a busy one these take longer.
    expect(longest).toBeLessThan(Math.max(250, control / 2));
  });

  test('small messages are read at once, in this thread', () => {
    const text = JSON.stringify({ container, correlation_id: 'one' });
    expect(open().draft(text, options)).toEqual(draftRequest(text, options));
  });

  test('without the program of a thread all messages are read here', () => {
    const text = JSON.stringify({ container, name: 'x'.repeat(200), tags: { a: 'y'.repeat(100_000) } });
    expect(open({ threadFile: undefined }).draft(text, options)).toEqual(draftRequest(text, options));
  });

  test('a refusal names the field and the correlation id, as it does for small messages', async () => {
    const text = JSON.stringify({
      container: {},
      correlation_id: 'id',
      reply_to: 'exec-responses:x',
      pad: 'x'.repeat(100_000),
    });
    const drafted = await open().draft(text, options);
    expect(drafted).toMatchObject({ ok: false, correlationId: 'id', replyTo: 'exec-responses:x' });
    expect(drafted).toEqual(draftRequest(text, options));
  });

  test('messages are read in their order, also when several come at once', async () => {
    const drafter = open();
    const done: number[] = [];
    const texts = many(5, (index) =>
      JSON.stringify({ container, input: { files: [{ name: `${index}`, content: 'x'.repeat(100_000) }] } }),
    );
    await Promise.all(
      texts.map(async (text, index) => {
        expect(await drafter.draft(text, options)).toMatchObject({ ok: true });
        done.push(index);
      }),
    );
    expect(done).toEqual([0, 1, 2, 3, 4]);
  });

  test('a message that the thread dies of is refused, and the next one is read', async () => {
    const drafter = open({ memoryMiB: 48 });
    const [bad, good] = await Promise.all([
      drafter.draft(worst['unusual numbers']?.() ?? '', options),
      drafter.draft(JSON.stringify({ container, name: 'n', x: 'y'.repeat(100_000) }), options),
    ]);
    expect(bad).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(good).toMatchObject({ ok: true });
  });

  test('a thread that cannot start refuses the message', async () => {
    const broken = join(directory, 'broken.mjs');
    await writeFile(broken, 'throw new Error("oops")');
    const drafted = await open({ threadFile: broken }).draft('x'.repeat(100_000), options);
    expect(drafted).toMatchObject({ ok: false, error: { code: 'INTERNAL', message: expect.stringContaining('oops') } });
  });

  test('close: refuses what has not been read', async () => {
    const drafter = open();
    const reading = drafter.draft(worst['a graph']?.() ?? '', options);
    await drafter.close();
    expect(await reading).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  });

  test('a thread without work ends, and another one starts when there is some', async () => {
    const drafter = open({ keepIdleMs: 1 });
    for (let round = 0; round < 3; round += 1) {
      expect(await drafter.draft(JSON.stringify({ container, x: 'y'.repeat(100_000) }), options)).toMatchObject({
        ok: true,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

/** Compared as text: expect would print megabytes. */
function same(one: DraftedRequest, other: DraftedRequest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
