import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { becomesTrue } from '../../../tests/parts/poll.ts';
import { decodeOutput } from '../../runtimes/beside/output-frames.ts';
import { dialPod } from '../../runtimes/kubernetes/connections/dial-pod.ts';
import { agentTlsOptions, derivePodKey } from '../../support/net/pod-key.ts';
import {
  claimHeader,
  dataProtocol,
  type HoldOrder,
  startOutcomeSchema,
  stepStateSchema,
  stepUsersSchema,
  waitProtocol,
  writtenSchema,
} from '../../wire/pod/pod.ts';
import { openClaims } from './claims.ts';
import { type AgentServer, serveAgents } from './serve-agents.ts';
import { type KeptSteps, keepSteps } from './steps/keep-steps.ts';

const patienceMs = 10_000;
const pod = 'x-1';
const key = derivePodKey(Buffer.alloc(32, 1), pod);
const order: HoldOrder = {
  ownNetwork: false,
  filter: false,
  noNewPrivileges: true,
  hidden: [],
  directory: '/',
  limits: [],
  command: ['true'],
  variables: [],
};

let directory = '';
let pods = 0;
let ending = false;
let steps: KeptSteps;
let server: AgentServer;
let hold: FakeHold;

const connections = {
  offer: () => undefined,
  connect: () => Promise.reject(new Error('no command runs')),
};

/** Sends back what it is sent. */
const serveData = async (connection: Duplex) => {
  for await (const chunk of connection) connection.write(chunk);
};

/** A hold that reports what a test says, and notes the kinds of what it is sent. */
class FakeHold {
  readonly received: string[] = [];
  readonly #socket: Socket;
  #number = 0n;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (chunk) => this.received.push(chunk.toString('latin1', 0, 1)));
    this.#send('H', 0n, Buffer.from('w\0\0\0\0\0\0\0\0step-0\0nonce'));
  }

  report(kind: string, body = Buffer.alloc(0)): void {
    this.#number += 1n;
    this.#send(kind, this.#number, body);
  }

  write(stream: '1' | '2', data: string): void {
    this.report(stream, Buffer.concat([Buffer.alloc(8), Buffer.from(data)]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(kind: string, number: bigint, body: Buffer): void {
    const header = Buffer.alloc(16);
    header.write(kind, 'latin1');
    header.writeUInt32LE(body.length, 4);
    header.writeBigUInt64LE(number, 8);
    this.#socket.write(Buffer.concat([header, body]));
  }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'serve-agents-'));
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  ending = false;
  pods += 1;
  const [ownDirectory, lineDirectory] = [join(directory, `own-${pods}`), join(directory, `line-${pods}`)];
  for (const each of [ownDirectory, lineDirectory]) await mkdir(each);
  steps = await keepSteps({
    ownDirectory,
    ordersDirectory: ownDirectory,
    lineDirectory,
    nonce: 'nonce',
    steps: ['step-0'],
    logBytes: 1e6,
    onTrouble: () => undefined,
  });
  const claims = await openClaims(join(ownDirectory, 'claim.json'));
  server = await serveAgents({
    host: '127.0.0.1',
    port: 0,
    pod,
    key,
    claims,
    steps,
    measure: async (bounds) => ({ ...bounds, files: 7 }),
    serveData,
    connections,
    isEnding: () => ending,
  });
  hold = new FakeHold(join(lineDirectory, 'keep.sock'));
});

afterEach(async () => {
  hold.close();
  await server.close();
  await steps.close();
});

async function open(method: string, path: string, { fence = 1, execution = 'e', body = '' } = {}) {
  const headers = { [claimHeader]: JSON.stringify({ execution, fence }), 'content-length': Buffer.byteLength(body) };
  const asked = request({
    ...agentTlsOptions(pod, key),
    host: '127.0.0.1',
    port: server.port,
    agent: false,
    method,
    path,
    headers,
  });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return response;
}

async function ask(method: string, path: string, options: Parameters<typeof open>[2] = {}) {
  const response = await open(method, path, options);
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}

const end = { method: 'GET', path: '/steps/step-0/end' } as const;
const exitStatus = (code: number) => Buffer.from([0, code, 0, 0]);

describe('the server of a pod', () => {
  test('starts a step, sends its output as it comes, and reports its end', async () => {
    const started = ask('POST', '/steps/step-0/start', { body: JSON.stringify({ order }) });
    hold.report('R');
    hold.report('B');
    expect(await started).toEqual({ status: 200, body: { kind: 'begun' } });
    const output = await open('GET', '/steps/step-0/output');
    const pieces = decodeOutput(output, 1e6)[Symbol.asyncIterator]();
    hold.write('1', 'one');
    const first = await pieces.next();
    expect(first.value).toMatchObject({ stream: 'stdout', data: Buffer.from('one') });
    hold.write('2', 'two');
    hold.report('X', exitStatus(3));
    expect((await pieces.next()).value).toMatchObject({ stream: 'stderr', data: Buffer.from('two') });
    expect((await pieces.next()).done).toBe(true);
    expect(await ask(end.method, end.path)).toEqual({
      status: 200,
      body: { kind: 'exited', code: 3, signal: null, counters: {} },
    });
    const again = [];
    for await (const { data } of decodeOutput(
      await open('GET', `/steps/step-0/output?position=${first.value?.position}`),
      1e6,
    ))
      again.push(data.toString());
    expect(again).toEqual(['two']);
  });

  test('stores an order, which a start without one executes', async () => {
    await ask('POST', '/steps/step-0/order', { body: JSON.stringify(order) });
    const states = async () => z.array(stepStateSchema).parse((await ask('GET', '/steps')).body);
    expect(await states()).toMatchObject([
      { name: 'step-0', isOrdered: true, isStarted: false, wasReady: false, isHeld: true, hasEnded: false },
    ]);
    const started = ask('POST', '/steps/step-0/start');
    hold.report('R');
    hold.report('B');
    expect(startOutcomeSchema.parse((await started).body)).toEqual({ kind: 'begun' });
    hold.report('X', exitStatus(0));
    await ask(end.method, end.path);
    expect(await states()).toMatchObject([{ isStarted: true, wasReady: true, hasEnded: true, isEnding: false }]);
    ending = true;
    expect(await states()).toMatchObject([{ isEnding: true }]);
  });

  test('refuses a start without an order where none is stored', async () => {
    const refused = { kind: 'refused', why: 'the step has no order' };
    expect(await ask('POST', '/steps/step-0/start')).toEqual({ status: 200, body: refused });
  });

  test('sends the users of an image once its container has started', async () => {
    const users = ask('GET', '/steps/step-0/users');
    hold.report('U', Buffer.from('\u0002\0\0\0a:b:'));
    expect(stepUsersSchema.parse((await users).body)).toEqual({ passwd: 'a:', group: 'b:' });
  });

  test('answers a second start with what the first one did', async () => {
    const body = JSON.stringify({ order });
    const starts = [ask('POST', '/steps/step-0/start', { body }), ask('POST', '/steps/step-0/start', { body })];
    hold.report('R');
    hold.report('F', Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('execute the command')]));
    const failed = { status: 200, body: { kind: 'failed', errno: 2, what: 'execute the command' } };
    expect(await Promise.all(starts)).toEqual([failed, failed]);
  });

  test('starts a step whose deadline has a fraction of a millisecond', async () => {
    const bounds = { deadline: 1234.5, outputBytes: 1, outputFiles: 1, logBytes: 1 };
    const started = ask('POST', '/steps/step-0/start', { body: JSON.stringify({ order, bounds }) });
    hold.report('R');
    hold.report('B');
    expect(await started).toEqual({ status: 200, body: { kind: 'begun' } });
  });

  test('counts what is in the writable directories', async () => {
    const body = JSON.stringify({ bytes: 5, files: 6, depth: 9 });
    expect(await ask('POST', '/written', { body })).toEqual({ status: 200, body: { bytes: 5, files: 7, depth: 9 } });
  });

  test('counts a file that is longer than any number that is exact', async () => {
    const body = JSON.stringify({ bytes: 2 ** 63, files: 6, depth: 9 });
    expect(await ask('POST', '/written', { body })).toEqual({
      status: 200,
      body: { bytes: 2 ** 63, files: 7, depth: 9 },
    });
    expect(writtenSchema.parse({ bytes: 2 ** 63, files: 7, depth: 9 }).bytes).toBe(2 ** 63);
  });

  test('refuses a lower fence and another execution', async () => {
    await ask('POST', '/steps/step-0/signal', { fence: 5, body: '{"signal":15}' });
    expect(await ask(end.method, end.path, { fence: 4 })).toEqual({
      status: 409,
      body: { error: 'an agent with the fence 5 has the pod' },
    });
    expect(await ask(end.method, end.path, { execution: 'f', fence: 9 })).toMatchObject({ status: 410 });
  });

  test('cuts off what an agent with a lower fence is being sent', async () => {
    const output = await open('GET', '/steps/step-0/output', { fence: 1 });
    const cut = text(output).then(
      () => 'whole',
      () => 'cut',
    );
    await ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
    expect(await cut).toBe('cut');
  });

  test('reports what the pod refuses to execute', async () => {
    const started = ask('POST', '/steps/step-0/start', {
      body: JSON.stringify({ order: { ...order, ownNetwork: true } }),
    });
    hold.report('R', Buffer.from('heading\nheading\n eth0: 0\n'));
    expect(await started).toEqual({
      status: 200,
      body: { kind: 'refused', why: 'the command would see the network interfaces eth0' },
    });
    expect(hold.received).not.toContain('G');
  });

  test.each([
    ['a step that is missing', 'GET', '/steps/step-9/end', '', 404],
    ['a path that is missing', 'GET', '/nowhere', '', 404],
    ['an order that is none', 'POST', '/steps/step-0/start', '{"order":{"command":[]}}', 400],
    ['bounds that are none', 'POST', '/steps/step-0/start', '{"bounds":{"deadline":-1}}', 400],
    ['bounds of a count that are none', 'POST', '/written', '{"bytes":1}', 400],
    ['a NUL in an order', 'POST', '/steps/step-0/order', JSON.stringify({ ...order, command: ['a\0b'] }), 400],
    ['a position that is none', 'GET', '/steps/step-0/output?position=-1', '', 400],
  ])('refuses %s', async (_, method, path, body, status) => {
    expect(await ask(method, path, { body })).toMatchObject({ status });
  });

  test('refuses a request without a claim', async () => {
    expect(await ask('GET', '/steps/step-0/end', { execution: '' })).toMatchObject({ status: 400 });
  });

  describe('connection for data', () => {
    const dial = async (fence: number, protocol = dataProtocol) => {
      const headers = {
        [claimHeader]: JSON.stringify({ execution: 'e', fence }),
        connection: 'upgrade',
        upgrade: protocol,
      };
      const asked = request({
        ...agentTlsOptions(pod, key),
        host: '127.0.0.1',
        port: server.port,
        agent: false,
        path: '/data',
        headers,
      });
      asked.end();
      const [, socket] = await once(asked, 'upgrade');
      return socket;
    };

    test('passes bytes both ways, until an agent with a higher fence comes', async () => {
      const socket = await dial(1);
      socket.write('given');
      expect(String((await once(socket, 'data'))[0])).toBe('given');
      const closed = once(socket, 'close');
      await ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
      await closed;
    });

    test('is refused with a lower fence, and with another protocol', async () => {
      await ask('POST', '/steps/step-0/signal', { fence: 2, body: '{"signal":15}' });
      await expect(dial(1)).rejects.toThrow();
      await expect(dial(2, 'websocket')).rejects.toThrow();
    });
  });

  test('an agent that only waits is counted, claims nothing, and needs the key', async () => {
    const dial = async (psk: Buffer) => {
      const end = { host: '127.0.0.1', port: server.port, pod, key: psk };
      return dialPod(end, '/wait', waitProtocol, new AbortController().signal);
    };
    await expect(dial(Buffer.alloc(32, 9))).rejects.toThrow();
    const presence = await dial(key);
    expect(server.connections()).toBe(1);
    expect(await ask('POST', '/steps/step-0/signal', { execution: 'f', fence: 0, body: '{"signal":15}' })).toEqual({
      status: 200,
      body: {},
    });
    presence.destroy();
    expect(await becomesTrue(() => server.connections() === 0, patienceMs)).toBe(true);
  });

  test('is done when an agent says so', async () => {
    expect(await ask('POST', '/done')).toEqual({ status: 200, body: {} });
    await server.done;
  });
});
