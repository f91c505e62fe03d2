import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readJsonLines } from './read-json-lines.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function read(text: string, size: number, maxLineBytes = 1000): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(cut(Buffer.from(text), size), { schema: z.unknown(), maxLineBytes }))
    values.push(value);
  return values;
}

test('values are the same however the bytes were cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ status: fc.string() })),
      fc.integer({ min: 1, max: 50 }),
      async (values, size) => {
        expect(await read(values.map((value) => `${JSON.stringify(value)}\r\n`).join(''), size)).toEqual(values);
      },
    ),
  );
});

test('the last line needs no end', async () => {
  expect(await read('{"a":1}\n{"b":2}', 3)).toEqual([{ a: 1 }, { b: 2 }]);
});

test('a line that never ends is refused', async () => {
  await expect(read('x'.repeat(2000), 100)).rejects.toThrow('more than 1000 bytes');
});

test('readJsonLines: refuses a line that is not JSON or is nested too deep', async () => {
  await expect(read('oops\n', 100)).rejects.toThrow('not JSON');
  await expect(read(`${'['.repeat(600)}${']'.repeat(600)}\n`, 100, 2000)).rejects.toThrow('deep');
});
