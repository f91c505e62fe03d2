import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readExit } from '../container/read-exit.ts';
import type { DockerLimits } from '../docker-options.ts';
import { findLostStart } from './find-lost-start.ts';
import {
  limits,
  openScriptedEngine,
  type Route,
  reply,
  type ScriptedEngine,
  stateOf,
} from './scripted-engine.contract.ts';

const never = new AbortController().signal;

let docker: ScriptedEngine;

beforeEach(async () => {
  docker = await openScriptedEngine();
});
afterEach(() => docker.close());

function exitOf(more: Partial<DockerLimits> = {}, memoryKills?: number) {
  const options = {
    engine: docker.engine,
    containerId: 'c',
    command: undefined,
    lossesBefore: docker.engine.losses(),
    recovered: false,
    memoryKillsBefore: undefined,
    memoryKillsInside: async () => memoryKills,
    lossAtStart: undefined,
  };
  return readExit({ ...options, limits: { ...limits, ...more } }, never);
}

test('exit: is read though the engine was restarted while the container ran', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await docker.start({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf();
  await asked;
  await first.stop();
  await docker.start({
    'POST /containers/c/wait': reply({ StatusCode: 3 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 3 }),
  });
  expect(await exit).toEqual({ code: 3, reason: 'exited' });
});

test('exit: is RUNTIME_UNAVAILABLE where the engine stays away', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await docker.start({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf({ engineAwayMs: 100 });
  await asked;
  await Promise.all([first.stop(), expect(exit).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' })]);
});

test('exit: a container that Docker ended when it was stopped says so, and when', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await docker.start({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf();
  await asked;
  await first.stop();
  const state = { Status: 'exited', Running: false, ExitCode: 143, FinishedAt: '2026-11-23T02:09:00.5Z' };
  await docker.start({
    'POST /containers/c/wait': reply({ StatusCode: 143 }),
    'GET /containers/c/json': reply({ Id: 'c', State: state }),
  });
  expect(await exit).toEqual({
    code: 143,
    reason: 'runtime-stopped',
    why: expect.stringMatching(
      /^Docker was stopped while the container ran, and ended it with signal 15\. .*live-restore/,
    ),
    endedAt: Date.parse(state.FinishedAt),
  });
});

test('exit: a container was killed for memory when the kernel reports it, though its engine does not', async () => {
  await docker.start({
    'POST /containers/c/wait': reply({ StatusCode: 137 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 137 }),
  });
  expect(await exitOf({}, 1)).toEqual({ code: 137, reason: 'out-of-memory' });
  expect(await exitOf({}, 0)).toEqual({ code: 137, reason: 'exited' });
});

test('exit: a container that is gone is not waited for', async () => {
  await docker.start({});
  await expect(exitOf()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('no /containers/c/wait'),
  });
});

test('exit: a wait of Podman that returns too early is repeated', async () => {
  let waits = 0;
  await docker.start(
    {
      'POST /containers/c/wait': (_, response) => {
        waits += 1;
        response.end('{"StatusCode":0}');
      },
      'GET /containers/c/json': (request, response) =>
        stateOf({ Running: waits < 3, ExitCode: waits < 3 ? 0 : 7 })(request, response),
    },
    ['Podman Engine'],
  );
  expect(await exitOf()).toEqual({ code: 7, reason: 'exited' });
  expect(waits).toBe(3);
});

// The engine's own stream, and a text of 15 bytes.
const unreadableLog: Route = (_, response) => void response.end('\x03\0\0\0\0\0\0\x0funexpected EOF\n');

test('exit: the code of a command that does not exist is known also where the log cannot be read', async () => {
  await docker.start({
    'POST /containers/c/wait': reply({ StatusCode: 127 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 127 }),
    'GET /containers/c/logs': unreadableLog,
  });
  expect(await exitOf()).toEqual({ code: 127, reason: 'exited' });
});

test('exit: a command that does not exist is named once the log can be read', async () => {
  let reads = 0;
  const words = '2026-11-23T02:09:00Z [FATAL tini (7)] exec tool failed: No such file or directory\n';
  await docker.start({
    'POST /containers/c/wait': reply({ StatusCode: 127 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 127 }),
    'GET /containers/c/logs': (request, response) => {
      reads += 1;
      if (reads < 3) unreadableLog(request, response);
      else response.end(`\x02\0\0\0\0\0\0${String.fromCharCode(words.length)}${words}`);
    },
  });
  await expect(exitOf()).rejects.toMatchObject({ code: 'START_FAILED' });
  expect(reads).toBe(3);
});

test('start: a container whose log cannot be read may have run', async () => {
  let log: Route = (_, response) => void response.end();
  await docker.start({
    'GET /containers/c/json': reply({ Id: 'c', State: { Status: 'created', Running: false, ExitCode: 0 } }),
    'GET /containers/c/changes': reply([]),
    'GET /containers/c/logs': (request, response) => log(request, response),
  });
  const find = () => findLostStart(docker.engine, 'c', { maxMessageBytes: 1000 });
  expect(await find()).toBe('not started');
  log = unreadableLog;
  expect(await find()).toBe('unknown');
});
