import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestStore } from '../../../../tests/cli/helpers/test-store.ts';
import { placeStdin } from './place-stdin.ts';

const signal = new AbortController().signal;

async function place(chunks: readonly (string | Uint8Array)[], { inlineBytes = 10, maxBytes = 1000 } = {}) {
  const store = createTestStore();
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return { store, placed: await placeStdin(stream, { store, inlineBytes, maxBytes, signal }) };
}

test('standard input: a small one is in the request, as text or as base64', async () => {
  expect((await place(['a', 'b\n'])).placed.stdin).toBe('ab\n');
  expect((await place([Buffer.from([0xff, 0])])).placed.stdin).toEqual({ content: '/wA=', encoding: 'base64' });
  expect((await place([])).placed).toEqual({ files: [], minioObjects: [], uploaded: [] });
});

test('standard input: any bytes arrive, in the request or through the store, however they come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 6 }), async (chunks) => {
      const { store, placed } = await place(chunks);
      const whole = Buffer.concat(chunks);
      const [object] = placed.minioObjects;
      expect(object === undefined).toBe(whole.length <= 10);
      expect(placed.uploaded).toEqual(object === undefined ? [] : [{ name: object.object_name }]);
      if (object !== undefined) {
        expect(placed.stdin).toEqual({ input: object.local_path });
        const { body } = await store.get({ name: object.object_name }, signal);
        expect(await buffer(body)).toEqual(whole);
      } else if (typeof placed.stdin === 'string') expect(Buffer.from(placed.stdin)).toEqual(whole);
      else expect(Buffer.from(placed.stdin?.content ?? '', 'base64')).toEqual(whole);
    }),
  );
});

test('standard input: more than the limit is refused with the setting, and nothing is left in the store', async () => {
  const store = createTestStore();
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(100);
    })(),
  );
  const placing = placeStdin(endless, { store, inlineBytes: 10, maxBytes: 1000, signal });
  await expect(placing).rejects.toMatchObject({
    code: 'INPUT_TOO_LARGE',
    message: expect.stringContaining('EXEC_INPUT_MAX'),
  });
  expect(store.names()).toEqual([]);
});

test('standard input: one that never ends is closed with the signal', async () => {
  const reason = new Error('interrupted');
  const abort = new AbortController();
  const silent = new Readable({ read: () => undefined });
  const placing = placeStdin(silent, { store: createTestStore(), inlineBytes: 10, maxBytes: 99, signal: abort.signal });
  abort.abort(reason);
  await expect(placing).rejects.toBe(reason);
});
