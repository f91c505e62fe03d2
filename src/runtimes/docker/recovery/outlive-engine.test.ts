import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { becomesTrue } from '../../../../tests/parts/poll.ts';
import { createOutputDelay } from '../../output-delay.ts';
import { readExit } from '../container/read-exit.ts';
import { type DockerLimits, defaultDockerLimits } from '../docker-options.ts';
import { connectEngine, type Engine } from '../engine/connect-engine.ts';
import { createEngineClient } from '../engine/engine-client.ts';
import { followLogs } from '../logs/follow-logs.ts';

const never = new AbortController().signal;
const limits: DockerLimits = { ...defaultDockerLimits, engineAwayMs: 2000, retryPauseMs: 20, logSettleMs: 20 };

type Route = (request: IncomingMessage, response: ServerResponse) => void;

let directory: string;
let socketPath: string;
let engine: Engine;
const running: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'engine-'));
  socketPath = join(directory, 'socket');
  engine = connectEngine(createEngineClient({ host: `unix://${socketPath}`, limits }));
});
afterEach(async () => {
  engine.close();
  for (const server of running.splice(0)) await server.stop();
  await rm(directory, { recursive: true });
});

/** An engine that answers by script; stopping it cuts every connection, as a killed daemon does. */
async function startEngine(routes: Readonly<Record<string, Route>>, components: readonly string[] = ['Engine']) {
  const common: Record<string, Route> = {
    'GET /_ping': (_, response) => response.setHeader('api-version', '1.41').end('OK'),
    'GET /version': reply({ Version: '20.10', ApiVersion: '1.41', Components: components.map((Name) => ({ Name })) }),
    'GET /info': reply({}),
  };
  const server = createServer((request, response) => {
    const path = request.url?.replace(/^\/v1\.41/, '').replace(/\?.*/, '');
    const route = routes[`${request.method} ${path}`] ?? common[`${request.method} ${path}`];
    if (route === undefined) response.writeHead(404).end(`{"message":"no ${path}"}`);
    else route(request, response);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  running.push({ stop });
  return { stop };
}

function exitOf(more: Partial<DockerLimits> = {}, memoryKills?: number) {
  const options = {
    engine,
    containerId: 'c',
    command: undefined,
    lossesBefore: engine.losses(),
    recovered: false,
    memoryKillsBefore: undefined,
    memoryKillsInside: async () => memoryKills,
    lossAtStart: undefined,
  };
  return readExit({ ...options, limits: { ...limits, ...more } }, never);
}

function reply(value: unknown): Route {
  return (_, response) => response.end(JSON.stringify(value));
}

function frame(second: number, text: string): Buffer {
  const payload = Buffer.from(`2026-11-23T02:09:0${second}.000000000Z ${text}`);
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function stateOf(state: { Running: boolean; ExitCode: number }): Route {
  return reply({ Id: 'c', State: { Status: state.Running ? 'running' : 'exited', ...state } });
}

test('who waits for a container hears its end though the engine was restarted meanwhile', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await startEngine({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf();
  await asked;
  await first.stop();
  await startEngine({
    'POST /containers/c/wait': reply({ StatusCode: 3 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 3 }),
  });
  expect(await exit).toEqual({ code: 3, reason: 'exited' });
});

test('who reads a log loses and repeats nothing though the engine was killed in the middle of a message', async () => {
  const first = await startEngine({
    'GET /containers/c/logs': (_, response) => {
      response.write(Buffer.concat([frame(1, 'one '), frame(2, 'two '), frame(3, 'three ').subarray(0, 20)]));
    },
  });
  const outputDelay = createOutputDelay();
  const log = followLogs(engine, 'c', { signal: never }, { ...limits, outputDelay });
  let text = '';
  for await (const { data } of log) {
    text += Buffer.from(data).toString();
    if (text !== 'one two ') continue;
    await first.stop();
    const whole = [frame(1, 'one '), frame(2, 'two '), frame(3, 'three '), frame(4, 'four')];
    await startEngine({
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
  const first = await startEngine({
    'GET /containers/c/logs': (_, response) => response.write(frame(1, 'a')),
  });
  const outputDelay = createOutputDelay();
  const log = followLogs(engine, 'c', { signal: never }, { ...limits, outputDelay });
  let text = '';
  let asked = 0;
  for await (const { data } of log) {
    text += Buffer.from(data).toString();
    if (text !== 'a') continue;
    expect(outputDelay.isLate()).toBe(false);
    await first.stop();
    const isLate = becomesTrue(() => outputDelay.isLate(), 30_000).then(async (seen) => {
      expect(seen).toBe(true);
      await startEngine({
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

test('log: goes on where an engine that is being stopped ends it while the container runs', async () => {
  let runs = 3;
  await startEngine({
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
  for await (const { data } of followLogs(engine, 'c', { signal: never }, { ...limits, outputDelay }))
    text += Buffer.from(data).toString();
  expect(text).toBe('abcd');
});

test('an engine that stays away is RUNTIME_UNAVAILABLE in the end', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await startEngine({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf({ engineAwayMs: 100 });
  await asked;
  await Promise.all([first.stop(), expect(exit).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' })]);
});

test('exit: a container that Docker ended when it was stopped says so, and when', async () => {
  const calls = new EventEmitter();
  const asked = once(calls, 'wait');
  const first = await startEngine({ 'POST /containers/c/wait': () => calls.emit('wait') });
  const exit = exitOf();
  await asked;
  await first.stop();
  const state = { Status: 'exited', Running: false, ExitCode: 143, FinishedAt: '2026-11-23T02:09:00.5Z' };
  await startEngine({
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

test('a container was killed for memory when the kernel says so, though its engine does not', async () => {
  await startEngine({
    'POST /containers/c/wait': reply({ StatusCode: 137 }),
    'GET /containers/c/json': stateOf({ Running: false, ExitCode: 137 }),
  });
  expect(await exitOf({}, 1)).toEqual({ code: 137, reason: 'out-of-memory' });
  expect(await exitOf({}, 0)).toEqual({ code: 137, reason: 'exited' });
});

test('a container that is gone is not waited for', async () => {
  await startEngine({});
  await expect(exitOf()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('no /containers/c/wait'),
  });
});

test('a wait of Podman that comes back too early is not believed', async () => {
  let waits = 0;
  await startEngine(
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

test('an engine whose API is too old is refused with what is needed', async () => {
  await startEngine({ 'GET /_ping': (_, response) => response.setHeader('api-version', '1.40').end('OK') });
  await expect(engine.facts()).rejects.toMatchObject({ message: expect.stringMatching(/1\.40.*1\.41/) });
});

test('what answers and is no engine is said to be none', async () => {
  await startEngine({ 'GET /_ping': (_, response) => response.end('hello') });
  await expect(engine.facts()).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    message: expect.stringContaining('Is DOCKER_HOST the address of a Docker Engine?'),
  });
});

test('a call that is never answered ends with its time', async () => {
  await startEngine({ 'GET /_ping': () => undefined });
  const slow = connectEngine(
    createEngineClient({ host: `unix://${socketPath}`, limits: { ...limits, callTimeoutMs: 50 } }),
  );
  await expect(slow.facts()).rejects.toMatchObject({
    message: expect.stringContaining('did not answer GET /_ping in time'),
  });
  slow.close();
});
