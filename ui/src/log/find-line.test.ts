import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutToLines } from '../api/logs.ts';
import { findLine } from './find-line.ts';

const partBytes = 64;
const { signal } = new AbortController();

/** An output whose parts are cut as the page cuts them. */
function openLog(lines: readonly string[]) {
  const log = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
  const readPart = async (offset: number) => {
    const start = Math.max(0, offset - 1);
    const linesBefore = log.slice(0, start).filter((byte) => byte === 0x0a).length;
    return cutToLines(log.slice(start, offset + partBytes), { start, linesBefore, size: log.length });
  };
  return { size: log.length, readPart };
}

test('line of a long log: is found wherever it is, however long the others are', async () => {
  const lengths = fc.array(fc.oneof(fc.nat(20), fc.constant(50)), { minLength: 20, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(1000), async (sizes, wanted) => {
      const { size, readPart } = openLog(sizes.map((length) => 'x'.repeat(length)));
      const line = (wanted % sizes.length) + 1;
      if (size <= partBytes) return;
      const end = await readPart(size - partBytes);
      const offset = await findLine({ line, size, partBytes, end, readPart, signal });
      const part = await readPart(offset ?? -1);
      expect(part.firstLine).toBeLessThanOrEqual(line);
      expect(part.firstLine + part.lines.length).toBeGreaterThan(line);
    }),
  );
});

test('line of a long log: one behind the end is not found', async () => {
  const { size, readPart } = openLog(Array.from({ length: 100 }, () => 'text'));
  const end = await readPart(size - partBytes);
  expect(await findLine({ line: 101, size, partBytes, end, readPart, signal })).toBeUndefined();
});

test('line of a long log: the search ends when the reader looks elsewhere', async () => {
  const { size, readPart } = openLog(Array.from({ length: 1000 }, (_, index) => 'x'.repeat(index % 7)));
  const end = await readPart(size - partBytes);
  const left = new AbortController();
  let reads = 0;
  const readAndLeave = (offset: number) => {
    reads += 1;
    left.abort();
    return readPart(offset);
  };
  const search = { line: 1, size, partBytes, end, readPart: readAndLeave, signal: left.signal };
  expect(await findLine(search)).toBeUndefined();
  expect(reads).toBe(1);
});
