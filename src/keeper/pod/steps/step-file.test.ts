import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawEvent } from '../../hold/hold-events.ts';
import { openStepFile, type StepFile } from './step-file.ts';

let directory = '';
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'step-'));
});

afterAll(() => rm(directory, { recursive: true }));

const newFile = () => join(directory, `step-${++files}`);

type Sent = Omit<RawEvent, 'number'>;

function output(stream: '1' | '2', text: string): Sent {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(5n);
  return { kind: stream, body: Buffer.concat([time, Buffer.from(text)]) };
}

const begun: Sent = { kind: 'B', body: Buffer.alloc(0) };

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

async function contentOf(file: StepFile) {
  const kept = (await collect(file.output(0))).map(({ stream, data }) => ({ stream, text: data.toString() }));
  return { newest: file.newest(), events: file.events(), dropped: file.droppedBytes(), kept };
}

async function appendAll(file: StepFile, sent: readonly Sent[]): Promise<void> {
  for (const event of sent.slice(Number(file.newest()))) await file.append({ ...event, number: file.newest() + 1n });
}

describe('the file of a step', () => {
  test('gives output from any position, and the other events', async () => {
    const file = await openStepFile(newFile(), 100);
    await appendAll(file, [begun, output('1', 'one'), output('2', 'two')]);
    const [first] = await collect(file.output(0));
    const rest = await collect(file.output(first?.position ?? 0));
    expect([first?.data.toString(), rest.map(({ stream, data }) => [stream, data.toString()])]).toEqual([
      'one',
      [['stderr', 'two']],
    ]);
    expect(file.events()).toEqual([{ kind: 'begun' }]);
    await file.close();
  });

  test('keeps output up to the bound and counts the rest, without growing', async () => {
    const path = newFile();
    const file = await openStepFile(path, 5);
    await appendAll(file, [output('1', 'abc'), output('2', 'defg')]);
    const { size } = await stat(path);
    await appendAll(file, [
      output('1', 'abc'),
      output('2', 'defg'),
      ...Array.from({ length: 100 }, () => output('1', 'x')),
    ]);
    expect((await stat(path)).size).toBe(size);
    expect(await contentOf(file)).toMatchObject({
      newest: 102n,
      dropped: 102,
      kept: [
        { stream: 'stdout', text: 'abc' },
        { stream: 'stderr', text: 'de' },
      ],
    });
    await file.close();
  });

  test('refuses an event that does not follow, and one that is none', async () => {
    const file = await openStepFile(newFile(), 5);
    await expect(file.append({ ...begun, number: 2n })).rejects.toThrow('event 2 does not follow 0');
    await expect(file.append({ kind: '?', number: 1n, body: Buffer.alloc(0) })).rejects.toThrow('unknown kind');
    expect(file.newest()).toBe(0n);
    await file.close();
  });

  test('is not opened where it holds something else', async () => {
    const path = newFile();
    await writeFile(path, 'x'.repeat(100));
    await expect(openStepFile(path, 5)).rejects.toThrow(RangeError);
  });

  test('takes output whose rest had no room as not written when a crash cut off how much was dropped', async () => {
    const path = newFile();
    const file = await openStepFile(path, 3);
    await file.append({ ...output('1', 'abcdef'), number: 1n });
    await file.close();
    const [headerBytes, timeBytes, keptBytes] = [16, 8, 3];
    await truncate(path, headerBytes + timeBytes + keptBytes);
    const again = await openStepFile(path, 3);
    expect([again.newest(), again.droppedBytes()]).toEqual([0n, 0]);
    await again.append({ ...output('1', 'abcdef'), number: 1n });
    expect([again.newest(), again.droppedBytes()]).toEqual([1n, 3]);
    await again.close();
  });

  test('has the same content when a crash at any byte of a write is followed by what was not acknowledged', async () => {
    const sent = fc.oneof(
      fc.constant(begun),
      fc
        .record({ stream: fc.constantFrom('1' as const, '2' as const), text: fc.string({ maxLength: 6 }) })
        .map(({ stream, text }) => output(stream, text)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { maxLength: 12 }),
        fc.nat(20),
        fc.array(fc.record({ after: fc.nat(11), torn: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 4 }),
        async (events, bound, crashes) => {
          const whole = await openStepFile(newFile(), bound);
          await appendAll(whole, events);
          const expected = await contentOf(whole);
          await whole.close();

          const path = newFile();
          let file = await openStepFile(path, bound);
          for (const { after, torn } of crashes) {
            await appendAll(file, events.slice(0, after));
            const before = (await stat(path)).size;
            const next = events[Number(file.newest())];
            if (next !== undefined) await file.append({ ...next, number: file.newest() + 1n });
            const { size } = await stat(path);
            await file.close();
            // What was there before is there after a crash of the process; what was written last may be there in part.
            if (size > before) await truncate(path, before + Math.floor((size - before) * torn));
            file = await openStepFile(path, bound);
          }
          await appendAll(file, events);
          expect(await contentOf(file)).toEqual(expected);
          await file.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});
