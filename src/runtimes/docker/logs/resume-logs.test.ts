import { afterEach, beforeEach, expect, test } from 'vitest';
import { becomesTrue } from '../../../../tests/parts/poll.ts';
import { createOutputDelay } from '../../output-delay.ts';
import { limits, openScriptedEngine, type ScriptedEngine, stateOf } from '../recovery/scripted-engine.contract.ts';
import { followLogs } from './follow-logs.ts';

const never = new AbortController().signal;

let docker: ScriptedEngine;

beforeEach(async () => {
  docker = await openScriptedEngine();
});
afterEach(() => docker.close());

function frame(second: number, text: string): Buffer {
  const payload = Buffer.from(`2026-11-23T02:09:0${second}.000000000Z ${text}`);
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

test('log: loses and repeats nothing though the engine was killed in the middle of a message', async () => {
  const first = await docker.start({
    'GET /containers/c/logs': (_, response) => {
      response.write(Buffer.concat([frame(1, 'one '), frame(2, 'two '), frame(3, 'three ').subarray(0, 20)]));
    },
  });
  const outputDelay = createOutputDelay();
  const log = followLogs(docker.engine, 'c', { signal: never }, { ...limits, outputDelay });
  let text = '';
  for await (const { data } of log) {
    text += Buffer.from(data).toString();
    if (text !== 'one two ') continue;
    await first.stop();
    const whole = [frame(1, 'one '), frame(2, 'two '), frame(3, 'three '), frame(4, 'four')];
    await docker.start({
      'GET /containers/c/logs': ({ url = '' }, response) => {
        const since = Number(/since=(\d+)/.exec(url)?.[1] ?? 0);
        response.end(
          Buffer.concat(whole.filter((_, index) => Date.parse(`2026-11-23T02:09:0${index + 1}Z`) / 1000 >= since)),
        );
      },
    });
  }
  expect(text).toBe('one two three four');
});

test('log: is late while the engine is away, and is asked for again until the engine has fetched all of it', async () => {
  const first = await docker.start({
    'GET /containers/c/logs': (_, response) => response.write(frame(1, 'a')),
  });
  const outputDelay = createOutputDelay();
  const log = followLogs(docker.engine, 'c', { signal: never }, { ...limits, outputDelay });
  let text = '';
  let asked = 0;
  for await (const { data } of log) {
    text += Buffer.from(data).toString();
    if (text !== 'a') continue;
    expect(outputDelay.isLate()).toBe(false);
    await first.stop();
    const isLate = becomesTrue(() => outputDelay.isLate(), 30_000).then(async (seen) => {
      expect(seen).toBe(true);
      await docker.start({
        'GET /containers/c/logs': (_, response) => {
          asked += 1;
          // One message more each time, as from an engine with much to do.
          response.end(Buffer.concat([...'abcdefgh'].slice(0, asked).map((each, index) => frame(index + 1, each))));
        },
      });
    });
    isLate.catch(() => undefined);
  }
  expect(text).toBe('abcdefgh');
  expect(outputDelay.isLate()).toBe(false);
});

test('log: continues where an engine that is being stopped ends it while the container runs', async () => {
  let runs = 3;
  await docker.start({
    'GET /containers/c/logs': (_, response) => {
      response.end(Buffer.concat([...'abcd'].slice(0, 4 - runs).map((each, index) => frame(index + 1, each))));
    },
    'GET /containers/c/json': (request, response) => {
      stateOf({ Running: runs > 0, ExitCode: 0 })(request, response);
      runs = Math.max(0, runs - 1);
    },
  });
  let text = '';
  const outputDelay = createOutputDelay();
  for await (const { data } of followLogs(docker.engine, 'c', { signal: never }, { ...limits, outputDelay }))
    text += Buffer.from(data).toString();
  expect(text).toBe('abcd');
});
