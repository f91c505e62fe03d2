import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decodeOutput } from '../../../runtimes/beside/output-frames.ts';
import {
  type HoldOrder,
  startOutcomeSchema,
  stepStateSchema,
  stepUsersSchema,
  writtenSchema,
} from '../../../wire/pod/pod.ts';
import { plainOrder } from '../../hold/hold-bench.contract.ts';
import { end, openTestPod, type TestPod } from './test-pod.contract.ts';

const order: HoldOrder = { ...plainOrder, variables: [] };
const exitStatus = (code: number) => Buffer.from([0, code, 0, 0]);

let pod: TestPod;

beforeEach(async () => {
  pod = await openTestPod();
});
afterEach(() => pod.close());

describe('the server of a pod', () => {
  test('starts a step, sends its output as it comes, and reports its end', async () => {
    const started = pod.ask('POST', '/steps/step-0/start', { body: JSON.stringify({ order }) });
    pod.hold.report('R');
    pod.hold.report('B');
    expect(await started).toEqual({ status: 200, body: { kind: 'begun' } });
    const output = await pod.open('GET', '/steps/step-0/output');
    const pieces = decodeOutput(output, 1e6)[Symbol.asyncIterator]();
    pod.hold.write('1', 'one');
    const first = await pieces.next();
    expect(first.value).toMatchObject({ stream: 'stdout', data: Buffer.from('one') });
    pod.hold.write('2', 'two');
    pod.hold.report('X', exitStatus(3));
    expect((await pieces.next()).value).toMatchObject({ stream: 'stderr', data: Buffer.from('two') });
    expect((await pieces.next()).done).toBe(true);
    expect(await pod.ask(end.method, end.path)).toEqual({
      status: 200,
      body: { kind: 'exited', code: 3, signal: null, counters: {} },
    });
    const again = [];
    for await (const { data } of decodeOutput(
      await pod.open('GET', `/steps/step-0/output?position=${first.value?.position}`),
      1e6,
    ))
      again.push(data.toString());
    expect(again).toEqual(['two']);
  });

  test('stores an order, which a start without one executes', async () => {
    await pod.ask('POST', '/steps/step-0/order', { body: JSON.stringify(order) });
    const states = async () => z.array(stepStateSchema).parse((await pod.ask('GET', '/steps')).body);
    expect(await states()).toMatchObject([
      { name: 'step-0', isOrdered: true, isStarted: false, wasReady: false, isHeld: true, hasEnded: false },
    ]);
    const started = pod.ask('POST', '/steps/step-0/start');
    pod.hold.report('R');
    pod.hold.report('B');
    expect(startOutcomeSchema.parse((await started).body)).toEqual({ kind: 'begun' });
    pod.hold.report('X', exitStatus(0));
    await pod.ask(end.method, end.path);
    expect(await states()).toMatchObject([{ isStarted: true, wasReady: true, hasEnded: true, isEnding: false }]);
    pod.startEnding();
    expect(await states()).toMatchObject([{ isEnding: true }]);
  });

  test('refuses a start without an order where none is stored', async () => {
    const refused = { kind: 'refused', why: 'the step has no order' };
    expect(await pod.ask('POST', '/steps/step-0/start')).toEqual({ status: 200, body: refused });
  });

  test('sends the users of an image once its container has started', async () => {
    const users = pod.ask('GET', '/steps/step-0/users');
    pod.hold.report('U', Buffer.from('\u0002\0\0\0a:b:'));
    expect(stepUsersSchema.parse((await users).body)).toEqual({ passwd: 'a:', group: 'b:' });
  });

  test('answers a second start with what the first one did', async () => {
    const body = JSON.stringify({ order });
    const starts = [pod.ask('POST', '/steps/step-0/start', { body }), pod.ask('POST', '/steps/step-0/start', { body })];
    pod.hold.report('R');
    pod.hold.report('F', Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('execute the command')]));
    const failed = { status: 200, body: { kind: 'failed', errno: 2, what: 'execute the command' } };
    expect(await Promise.all(starts)).toEqual([failed, failed]);
  });

  test('starts a step whose deadline has a fraction of a millisecond', async () => {
    const bounds = { deadline: 1234.5, outputBytes: 1, outputFiles: 1, logBytes: 1 };
    const started = pod.ask('POST', '/steps/step-0/start', { body: JSON.stringify({ order, bounds }) });
    pod.hold.report('R');
    pod.hold.report('B');
    expect(await started).toEqual({ status: 200, body: { kind: 'begun' } });
  });

  test('counts what is in the writable directories', async () => {
    const body = JSON.stringify({ bytes: 5, files: 6, depth: 9 });
    expect(await pod.ask('POST', '/written', { body })).toEqual({
      status: 200,
      body: { bytes: 5, files: 7, depth: 9 },
    });
  });

  test('counts a file that is longer than any number that is exact', async () => {
    const body = JSON.stringify({ bytes: 2 ** 63, files: 6, depth: 9 });
    expect(await pod.ask('POST', '/written', { body })).toEqual({
      status: 200,
      body: { bytes: 2 ** 63, files: 7, depth: 9 },
    });
    expect(writtenSchema.parse({ bytes: 2 ** 63, files: 7, depth: 9 }).bytes).toBe(2 ** 63);
  });

  test('reports what the pod refuses to execute', async () => {
    const started = pod.ask('POST', '/steps/step-0/start', {
      body: JSON.stringify({ order: { ...order, ownNetwork: true } }),
    });
    pod.hold.report('R', Buffer.from('heading\nheading\n eth0: 0\n'));
    expect(await started).toEqual({
      status: 200,
      body: { kind: 'refused', why: 'the command would see the network interfaces eth0' },
    });
    expect(pod.hold.received).not.toContain('G');
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
    expect(await pod.ask(method, path, { body })).toMatchObject({ status });
  });

  test('is done when an agent says so', async () => {
    expect(await pod.ask('POST', '/done')).toEqual({ status: 200, body: {} });
    await pod.server.done;
  });
});
