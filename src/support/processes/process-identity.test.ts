import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isRunning, parseProcessStat, readProcess, signalProcess } from './process-identity.ts';
import { isAlive, markOf, ownMark } from './process-mark.ts';

test('parseProcessStat: the name of a process may hold anything', () => {
  const fields = Array.from({ length: 50 }, (_, index) => index).join(' ');
  expect(parseProcessStat(`42 (a) S (b) 1) S ${fields}`)).toEqual({ pid: 42, state: 'S', startTime: '18' });
});

test('isRunning: a process with the same pid and another start time is another one', async () => {
  const own = readProcess(process.pid);
  if (own === undefined) throw new Error('this process was not found');
  expect(isRunning(own)).toBe(true);
  expect(isRunning({ ...own, startTime: `${Number(own.startTime) - 1}` })).toBe(false);
});

test('isAlive: a mark of another boot or of a process that ended is of none', async () => {
  const mark = await ownMark();
  expect(await isAlive(mark)).toBe(true);
  expect(await isAlive({ ...mark, boot: 'another' })).toBe(false);
  const child = spawn('sleep', ['100']);
  await once(child, 'spawn');
  const ofChild = await markOf(child.pid ?? 0);
  if (ofChild === undefined) throw new Error('the child was not found');
  expect(await isAlive(ofChild)).toBe(true);
  expect(signalProcess(ofChild.pid, 'SIGKILL')).toBe(true);
  await once(child, 'exit');
  expect(await isAlive(ofChild)).toBe(false);
  expect(await markOf(ofChild.pid)).toBeUndefined();
});
