import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LastPlaces, LogLine } from '../../queue/live-log.ts';
import type { LogPlace } from '../../queue/log-place.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { observeLogs } from './observe-logs.ts';

const observed = { executionId: 'id', attempt: 1, step: 0 };

test('live log: pieces of a step that another agent has written are not written again, wherever it was cut off', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n'), maxLength: 12 });
  const written = fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), text });
  const play = (pieces: readonly { stream: 'stdout' | 'stderr'; data: Buffer }[], known: LastPlaces = {}) => {
    const lines: (LogLine & LogPlace)[] = [];
    const write = async (_id: string, line: LogLine, place: LogPlace) => void lines.push({ ...line, ...place });
    const observe = observeLogs({ ...observed, written: known }, { write }, createSilentLogger());
    for (const { stream, data } of pieces) observe({ kind: 'log', chunk: { stream, time: 0, data, position: '' } });
    observe({ kind: 'log end' });
    return lines;
  };
  const textOf = (lines: readonly LogLine[], stream: LogLine['stream']) =>
    lines.flatMap((line) => (line.stream === stream ? [line.text] : [])).join('');
  fc.assert(
    fc.property(
      fc.array(written, { maxLength: 8 }),
      fc.nat(8),
      fc.integer({ min: 1, max: 5 }),
      (output, until, size) => {
        const whole = output.map(({ stream, text: part }) => ({ stream, data: Buffer.from(part) }));
        const first = play(whole).slice(0, until);
        const lastOf = (stream: LogLine['stream']) => first.findLast((line) => line.stream === stream);
        const [stdout, stderr] = [lastOf('stdout'), lastOf('stderr')];
        const known = { ...(stdout && { stdout }), ...(stderr && { stderr }) };
        // The next agent gets the same output in other pieces.
        const cut = whole.flatMap(({ stream, data }) =>
          Array.from({ length: Math.ceil(data.length / size) }, (_, index) => ({
            stream,
            data: data.subarray(index * size, (index + 1) * size),
          })),
        );
        const all = [...first, ...play(cut, known)];
        for (const stream of ['stdout', 'stderr'] as const)
          expect(textOf(all, stream)).toBe(
            output.flatMap((each) => (each.stream === stream ? [each.text] : [])).join(''),
          );
        for (const [index, { from }] of all.entries()) expect(from).toBe(index === 0 ? 0 : all[index - 1]?.to);
      },
    ),
  );
});

test('of a container that writes faster than Redis takes it pieces are left out, and that is said', async () => {
  const lines: LogLine[] = [];
  const taken: (() => void)[] = [];
  const write = (_id: string, line: LogLine) => {
    lines.push(line);
    return new Promise<void>((resolve) => taken.push(resolve));
  };
  const observe = observeLogs(observed, { write }, createSilentLogger());
  const data = Buffer.alloc(512 * 1024, 'x');
  const writeChunk = () => observe({ kind: 'log', chunk: { stream: 'stdout', time: 0, data, position: '' } });
  for (let at = 0; at < 10; at += 1) writeChunk();
  expect(lines).toHaveLength(2);
  for (const resolve of taken) resolve();
  await setImmediate();
  writeChunk();
  expect(lines).toHaveLength(3);
  expect(lines[2]?.text).toMatch(/^\n\[… 4194304 bytes left out …]\nxxx/);
});

test('live log: what was left out last and an unfinished character are reported when the container ends', async () => {
  const texts: string[] = [];
  const write = (_id: string, { text }: LogLine) => {
    texts.push(text);
    return new Promise<void>(() => undefined);
  };
  const observe = observeLogs(observed, { write }, createSilentLogger());
  const writeChunk = (data: Buffer) =>
    observe({ kind: 'log', chunk: { stream: 'stdout', time: 0, data, position: '' } });
  writeChunk(Buffer.alloc(1024 ** 2, 'x'));
  writeChunk(Buffer.from('lost'));
  writeChunk(Buffer.of(0xe2, 0x82));
  observe({ kind: 'log end' });
  expect(texts.slice(1)).toEqual(['\n[… 4 bytes left out …]\n\uFFFD']);
});
