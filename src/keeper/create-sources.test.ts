import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { stagingLimits } from '../../tests/executions/staging-limits.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { createSources } from './create-sources.ts';

const never = new AbortController().signal;

function sourcesOver(stored: Map<string, Buffer>) {
  const store: ObjectStore = {
    name: 'memory',
    defaultBucket: 'b',
    async get({ name }) {
      const content = stored.get(name) ?? Buffer.of();
      return { name, size: content.length, body: Readable.from([content]) };
    },
    async put({ name }, body) {
      const content = body instanceof Readable ? await buffer(body) : Buffer.of();
      stored.set(name, content);
      return { name, size: content.length };
    },
    async *list() {
      for (const [name, { length: size }] of stored) yield { name, size };
    },
    remove: async () => undefined,
    presign: async ({ name }, seconds) => `https://store/${name}?${seconds}`,
  };
  const sent: string[] = [];
  const sources = createSources({
    store,
    openUrl: async (url) => ({ body: Readable.from([`from ${url.href}`]), size: undefined }),
    sendToUrl: async (body, size, url) => void sent.push(`${url.href} ${size} ${await text(body)}`),
    limits: { ...stagingLimits, presignSeconds: 60 },
  });
  return { sources, sent };
}

test('sources: objects and URLs are opened and written with the stores and rules of the agent', async () => {
  const { sources, sent } = sourcesOver(new Map([['a', Buffer.from('one')]]));
  expect(await text((await sources.open({ kind: 'object', name: 'a' }, never)).body)).toBe('one');
  expect(await text((await sources.open({ kind: 'url', url: 'https://x/y' }, never)).body)).toBe('from https://x/y');
  expect(await sources.put({ kind: 'object', name: 'c' }, { body: Readable.from(['three']) }, never)).toBe(5);
  const names = [];
  for await (const { name } of sources.list({ name: '' }, never)) names.push(name);
  expect(names).toEqual(['a', 'c']);
  const content = { size: 3, body: Readable.from(['two']) };
  expect(await sources.put({ kind: 'url', url: 'https://x/z' }, content, never)).toBe(3);
  expect(sent).toEqual(['https://x/z 3 two']);
  expect(await sources.presign?.({ name: 'a' })).toBe('https://store/a?60');
});

test('sources: a file without a size is not sent to a URL', async () => {
  const { sources } = sourcesOver(new Map());
  const put = sources.put({ kind: 'url', url: 'https://x/z' }, { body: Readable.from(['two']) }, never);
  await expect(put).rejects.toMatchObject({ code: 'INTERNAL' });
});
