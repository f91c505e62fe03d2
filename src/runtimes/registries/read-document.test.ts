import { expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument } from './read-document.ts';

test.each(['"",', '[],', '{"a":0},', '1,'])('document: one of very many values is refused (%s)', async (value) => {
  const text = `{"config":[${value.repeat(1_000_000)}0]}`;
  expect((await readDocument(text, z.unknown())).problem).toContain('values');
});

test('document: one with long texts is read', async () => {
  const text = JSON.stringify({ config: 'x'.repeat(3_000_000) });
  expect((await readDocument(text, z.object({ config: z.string() }))).data?.config).toHaveLength(3_000_000);
});

test('document: what is no JSON gives a problem', async () => {
  expect((await readDocument('{"config":', z.unknown())).problem).toContain('not JSON');
});
