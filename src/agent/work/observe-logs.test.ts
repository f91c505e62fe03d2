import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LogLine } from '../../queue/live-log.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { observeLogs } from './observe-logs.ts';

test('of a container that writes faster than Redis takes it pieces are left out, and that is said', async () => {
  const lines: LogLine[] = [];
  const taken: (() => void)[] = [];
  const write = (_id: string, line: LogLine) => {
    lines.push(line);
    return new Promise<void>((resolve) => taken.push(resolve));
  };
  const observe = observeLogs('id', { write }, createSilentLogger());
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
  const observe = observeLogs('id', { write }, createSilentLogger());
  const writeChunk = (data: Buffer) =>
    observe({ kind: 'log', chunk: { stream: 'stdout', time: 0, data, position: '' } });
  writeChunk(Buffer.alloc(1024 ** 2, 'x'));
  writeChunk(Buffer.from('lost'));
  writeChunk(Buffer.of(0xe2, 0x82));
  observe({ kind: 'log end' });
  expect(texts.slice(1)).toEqual(['\n[… 4 bytes left out …]\n\uFFFD']);
});
