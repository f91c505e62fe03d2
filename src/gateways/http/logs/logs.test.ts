import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findTail, findTailFromEnd, readPart, readPartFromEnd } from './read-part.ts';
import { searchLog } from './search-log.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString('latin1');
}

const log = fc
  .array(fc.constantFrom('a', 'B', 'b', 'é', '\n', 'ab', '\n\n'), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join('')));
const chunkSize = fc.integer({ min: 1, max: 9 });

test('part of a log: is what a slice of it is, with the lines before it, however it arrives', async () => {
  await fc.assert(
    fc.asyncProperty(
      log,
      chunkSize,
      fc.nat(80),
      fc.integer({ min: 1, max: 80 }),
      async (bytes, size, offset, limit) => {
        const part = await readPart(inChunks(bytes, size), offset, limit);
        expect(await textOf(part.body)).toBe(bytes.subarray(offset, offset + limit).toString('latin1'));
        expect(part.offset).toBe(Math.min(offset, bytes.length));
        expect(part.linesBefore).toBe(bytes.subarray(0, offset).filter((byte) => byte === 0x0a).length);
      },
    ),
  );
});

test('tail of a log: is its last lines, whether the last one is complete or not', async () => {
  await fc.assert(
    fc.asyncProperty(log, chunkSize, fc.integer({ min: 1, max: 10 }), async (bytes, size, lines) => {
      const offset = await findTail(inChunks(bytes, size), lines);
      const all = bytes.toString('latin1').split(/(?<=\n)/);
      expect(bytes.subarray(offset).toString('latin1')).toBe(all.slice(-lines).join(''));
    }),
  );
});

test('end of a log: read from behind is the same part, and nothing before it is read', async () => {
  await fc.assert(
    fc.asyncProperty(log, chunkSize, fc.nat(60), fc.integer({ min: 1, max: 80 }), async (bytes, size, place, limit) => {
      const offset = Math.min(place, bytes.length);
      let read = bytes.length;
      const lines = bytes.filter((byte) => byte === 0x0a).length;
      const counted = {
        size: bytes.length,
        lines,
        async openAt(at: number) {
          read = Math.min(read, at);
          return inChunks(bytes.subarray(at), size);
        },
      };
      const part = (await readPartFromEnd(counted, offset, limit)) ?? expect.fail('the part is near the end');
      const whole = await readPart(inChunks(bytes, size), offset, limit);
      expect([part.offset, part.linesBefore]).toEqual([whole.offset, whole.linesBefore]);
      expect(await textOf(part.body)).toBe(await textOf(whole.body));
      expect(read).toBe(offset);
      const tail = Math.min(limit, 10);
      expect(await findTailFromEnd(counted, tail)).toBe(await findTail(inChunks(bytes, size), tail));
    }),
  );
});

test('end of a log: a part that is far from it is not read from behind', async () => {
  const openAt = async () => expect.fail('nothing is read');
  expect(await readPartFromEnd({ size: 100_000_000, lines: 1, openAt }, 0)).toBeUndefined();
});

const search = { ignoreCase: false, offset: 0, limit: 1000, isOver: () => false };

test('search of a log: finds each line that has the text once, however it arrives', async () => {
  await fc.assert(
    fc.asyncProperty(
      log,
      chunkSize,
      fc.constantFrom('a', 'b', 'ab', 'bb', 'é', 'ba'),
      fc.boolean(),
      async (bytes, size, text, ignoreCase) => {
        const { hits, next } = await searchLog(inChunks(bytes, size), { ...search, text, ignoreCase });
        const fold = (line: string) => (ignoreCase ? line.toLowerCase() : line);
        const lines = bytes.toString().split('\n');
        const found = lines.flatMap((line, index) =>
          fold(line).includes(text) ? [{ line: index + 1, text: line }] : [],
        );
        expect(hits.map(({ offset: _, ...hit }) => hit)).toEqual(found);
        expect(next).toBeUndefined();
        for (const { offset } of hits)
          expect(fold(bytes.subarray(offset, offset + Buffer.byteLength(text)).toString())).toBe(text);
      },
    ),
  );
});

test('search of a log: goes on where it ended for its number of hits', async () => {
  const bytes = Buffer.from(Array.from({ length: 50 }, (_, index) => `line ${index} has it\n`).join(''));
  const lines: number[] = [];
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const result = await searchLog(inChunks(bytes, 100), { ...search, text: 'has', offset, limit: 7 });
    lines.push(...result.hits.map(({ line }) => line));
    offset = result.next;
  }
  expect(lines).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
});

test('search of a log: continues behind what it passed over, however little time it has', async () => {
  const bytes = Buffer.from('needle\n'.repeat(200));
  const continueAt = async (offset: number) =>
    (await searchLog(inChunks(bytes, 10), { ...search, text: 'needle', offset, isOver: () => true })).next;
  let [offset, calls]: [number | undefined, number] = [900, 0];
  for (; offset !== undefined; calls += 1) {
    const next: number | undefined = await continueAt(offset);
    expect(next ?? bytes.length).toBeGreaterThan(offset);
    offset = next;
  }
  expect(calls).toBeGreaterThan(1);
});

test('search of a log: ends when its time is over, and says where to continue', async () => {
  const bytes = Buffer.from(`${'x'.repeat(1000)}\nneedle\n`);
  const { hits, next } = await searchLog(inChunks(bytes, 500), { ...search, text: 'needle', isOver: () => true });
  expect(hits).toEqual([]);
  expect(next).toBeGreaterThan(0);
  const rest = await searchLog(inChunks(bytes, 500), { ...search, text: 'needle', offset: next ?? 0 });
  expect(rest.hits).toEqual([{ offset: 1001, line: 2, text: 'needle' }]);
});

test('search of a log: a line of any length is cut around the hit, and found once', async () => {
  const bytes = Buffer.from(`${'needle '.repeat(100_000)}\n`);
  const { hits } = await searchLog(inChunks(bytes, 4096), { ...search, text: 'needle' });
  expect(hits).toHaveLength(1);
  expect(hits[0]?.text.length).toBeLessThan(500);
});
