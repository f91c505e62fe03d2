import { expect, test } from 'vitest';
import type { PullProgress } from '../../runtime.ts';
import { createPullProgress } from './pull-progress.ts';

function createTold(intervalMs: number) {
  const told: PullProgress[] = [];
  let time = 0;
  const tell = createPullProgress('tool:1', {
    clock: { now: () => time },
    intervalMs,
    report: (progress) => told.push(progress),
  });
  return { told, tell, pass: (milliseconds: number) => (time += milliseconds) };
}

test('pull progress: adds up the bytes of all layers, and has a total once every layer has reported its own', () => {
  const { told, tell } = createTold(0);
  tell({ status: 'Pulling from tool', id: '1' });
  tell({ status: 'Pulling fs layer', id: 'a' });
  tell({ status: 'Pulling fs layer', id: 'b' });
  tell({ status: 'Downloading', id: 'a', progressDetail: { current: 10, total: 100 } });
  tell({ status: 'Downloading', id: 'b', progressDetail: { current: 5, total: 50 } });
  tell({ status: 'Download complete', id: 'a' });
  tell({ status: 'Extracting', id: 'a', progressDetail: { current: 1, total: 100 } });
  expect(told.map(({ receivedBytes, totalBytes }) => [receivedBytes, totalBytes])).toEqual([
    [0, undefined],
    [0, undefined],
    [0, undefined],
    [10, undefined],
    [15, 150],
    [105, 150],
    [105, 150],
  ]);
  expect(told.at(-1)).toMatchObject({ reference: 'tool:1', status: 'Extracting' });
});

test('pull progress: returns what is to be downloaded, also of layers that do not tell their size', () => {
  const { tell } = createTold(0);
  expect(tell({ status: 'Pulling fs layer', id: 'a' })).toBe(0);
  expect(tell({ status: 'Downloading', id: 'a', progressDetail: { current: 1, total: 100 } })).toBe(100);
  expect(tell({ status: 'Downloading', id: 'b', progressDetail: { current: 7 } })).toBe(107);
  expect(tell({ status: 'Downloading', id: 'b', progressDetail: { current: 30 } })).toBe(130);
  expect(tell({ status: 'Download complete', id: 'a' })).toBe(130);
});

test('layers that are here already do not count', () => {
  const { told, tell } = createTold(0);
  tell({ status: 'Already exists', id: 'a' });
  tell({ status: 'Downloading', id: 'b', progressDetail: { current: 5, total: 50 } });
  expect(told.at(-1)).toMatchObject({ receivedBytes: 5, totalBytes: 50 });
});

test('pull progress: is reported once per interval', () => {
  const { told, tell, pass } = createTold(100);
  for (let current = 1; current <= 30; current += 1) {
    tell({ status: 'Downloading', id: 'a', progressDetail: { current, total: 30 } });
    pass(10);
  }
  expect(told.map(({ receivedBytes }) => receivedBytes)).toEqual([1, 11, 21]);
});
