import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeHold, plainOrder } from '../../hold/hold-bench.contract.ts';
import { type KeptSteps, keepSteps } from './keep-steps.ts';

const isolation = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const tried = spawnSync('unshare', [...isolation, 'true'], { encoding: 'utf8' });
const reason =
  tried.status === 0 ? '' : ` (skipped: no namespaces here: ${(tried.stderr ?? String(tried.error)).trim()})`;
const nonce = 'nonce';

let directory = '';
let program = '';
let pods = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keep-steps-'));
  program = await placeHold(directory);
});

afterAll(() => rm(directory, { recursive: true }));

/** A pod with one step; `keep` can be killed and started again in it. */
async function openPod() {
  pods += 1;
  const [ownDirectory, lineDirectory] = [join(directory, `own-${pods}`), join(directory, `line-${pods}`)];
  for (const each of [ownDirectory, lineDirectory]) await mkdir(each);
  const troubles: string[] = [];
  const options = {
    ownDirectory,
    ordersDirectory: ownDirectory,
    lineDirectory,
    nonce,
    steps: ['step-0'],
    logBytes: 1e6,
    onTrouble: (error: unknown) => troubles.push(String(error)),
  };
  const startHold = () => {
    const env = { EXEC_AGENT_NONCE: nonce, PATH: process.env.PATH };
    const child = spawn('unshare', [...isolation, program, lineDirectory, 'step-0'], { env, stdio: 'ignore' });
    return { kill: () => child.kill('SIGKILL'), exited: once(child, 'exit') };
  };
  return { lineDirectory, troubles, startHold, keep: () => keepSteps(options) };
}

async function stdoutOf(steps: KeptSteps): Promise<string> {
  const parts: string[] = [];
  for await (const { stream, data } of steps.file('step-0').output(0))
    if (stream === 'stdout') parts.push(data.toString());
  return parts.join('');
}

describe.skipIf(reason !== '')(`the steps of a pod${reason}`, () => {
  test('run once however often they are started', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    expect(await steps.wasStarted('step-0')).toBe(false);
    const starts = [1, 2, 3].map((number) =>
      steps.start('step-0', { ...plainOrder, command: ['echo', String(number)] }),
    );
    const hold = pod.startHold();
    expect(await Promise.all(starts)).toEqual(['begun', 'begun', 'begun']);
    expect(await steps.ended('step-0')).toMatchObject({ kind: 'exited', code: 0 });
    expect([await stdoutOf(steps), await steps.wasStarted('step-0')]).toEqual(['1\n', true]);
    await hold.exited;
    await steps.close();
    const again = await pod.keep();
    expect(await again.start('step-0', plainOrder)).toBe('begun');
    expect(await again.ended('step-0')).toMatchObject({ kind: 'exited', code: 0 });
    await again.close();
  });

  test('report the users of the image before they start', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    const hold = pod.startHold();
    expect(await steps.users('step-0')).toMatchObject({ passwd: expect.stringContaining('root:') });
    steps.signal('step-0', 9);
    await steps.start('step-0', plainOrder);
    await hold.exited;
    await steps.close();
  });

  test('report that a hold has gone before it could execute the command', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    const state = async () => (await steps.states())[0];
    expect(await state()).toMatchObject({ isHeld: false, wasReady: false });
    const hold = pod.startHold();
    await steps.users('step-0');
    expect(await state()).toMatchObject({ isHeld: true, wasReady: false });
    hold.kill();
    await hold.exited;
    await expect.poll(state, { timeout: 30_000 }).toMatchObject({ isHeld: false, wasReady: false, hasEnded: false });
    await steps.close();
  });

  test('execute a stored order of any size', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    const longest = 'x'.repeat(131_071);
    await steps.order('step-0', {
      ...plainOrder,
      command: ['sh', '-c', 'printf %s "$1$2" | wc -c', 'sh', longest, longest],
    });
    const hold = pod.startHold();
    expect(await steps.start('step-0')).toBe('begun');
    await steps.ended('step-0');
    expect(await stdoutOf(steps)).toBe('262142\n');
    await hold.exited;
    await steps.close();
  });

  test('keep the bounds of the first start for a later process', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    const bounds = { deadline: 1, outputBytes: 2, outputFiles: 3 };
    expect(await steps.bounds('step-0')).toBe(undefined);
    const hold = pod.startHold();
    await steps.start('step-0', plainOrder, bounds);
    await steps.ended('step-0');
    await hold.exited;
    await steps.close();
    const again = await pod.keep();
    await again.start('step-0', plainOrder, { ...bounds, deadline: 9 });
    expect(await again.bounds('step-0')).toEqual(bounds);
    await again.close();
  });

  test('refuse a second hold, and the command does not run again', async () => {
    const pod = await openPod();
    const steps = await pod.keep();
    const first = pod.startHold();
    await steps.start('step-0', { ...plainOrder, command: ['sh', '-c', 'echo ran; sleep 1000'] });
    for (let grown = steps.grown('step-0'); (await stdoutOf(steps)) === ''; grown = steps.grown('step-0')) await grown;
    first.kill();
    await first.exited;
    await pod.startHold().exited;
    // It asks again when its connection is closed before it reads why.
    expect(new Set(pod.troubles)).toEqual(new Set(['RangeError: another hold of step-0 connected']));
    expect(await stdoutOf(steps)).toBe('ran\n');
    await steps.close();
  });

  test('have the same output when keep is started again at any moment', async () => {
    const command = ['sh', '-c', 'for i in $(seq 1 30); do echo $i; done; exit 6'];
    const expected = Array.from({ length: 30 }, (_, index) => `${index + 1}\n`).join('');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 4 }), async (growths) => {
        const pod = await openPod();
        const hold = pod.startHold();
        for (const count of growths) {
          const steps = await pod.keep();
          steps.start('step-0', { ...plainOrder, command }).catch(() => undefined);
          const { file, grown } = steps;
          for (
            let left = count;
            left > 0 &&
            !file('step-0')
              .events()
              .some(({ kind }) => kind === 'exited');
            left -= 1
          )
            await grown('step-0');
          await steps.close();
        }
        const steps = await pod.keep();
        await steps.start('step-0', { ...plainOrder, command });
        expect(await steps.ended('step-0')).toMatchObject({ kind: 'exited', code: 6 });
        expect(await stdoutOf(steps)).toBe(expected);
        await hold.exited;
        await steps.close();
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});

/** As a hold would, on a line of a pod. */
function connectAsHold(lineDirectory: string) {
  const socket = connect(join(lineDirectory, 'keep.sock'));
  const send = (kind: string, number: bigint, body: string) => {
    const header = Buffer.alloc(16);
    header.write(kind, 'latin1');
    header.writeUInt32LE(body.length, 4);
    header.writeBigUInt64LE(number, 8);
    socket.write(Buffer.concat([header, Buffer.from(body)]));
  };
  const greet = (step: string) => send('H', 0n, `w\0\0\0\0\0\0\0\0${step}\0${nonce}`);
  return { socket, send, greet };
}

test('the steps of a pod: a hold of a step that the pod does not have is refused, and the others are served', async () => {
  const pod = await openPod();
  const steps = await pod.keep();
  const stranger = connectAsHold(pod.lineDirectory);
  const refused = once(stranger.socket.resume(), 'close');
  stranger.greet('step-7');
  await refused;
  await expect.poll(() => pod.troubles, { timeout: 30_000 }).toEqual([expect.stringContaining('no step "step-7"')]);
  const own = connectAsHold(pod.lineDirectory);
  own.greet('step-0');
  await expect.poll(steps.states, { timeout: 30_000 }).toMatchObject([{ isHeld: true }]);
  own.socket.destroy();
  await steps.close();
});

test('the steps of a pod: a command that would see another network is not executed', async () => {
  const pod = await openPod();
  const steps = await pod.keep();
  const received: string[] = [];
  const { socket, send, greet } = connectAsHold(pod.lineDirectory);
  socket.on('data', (chunk) => received.push(chunk.toString('latin1', 0, 1)));
  greet('step-0');
  send('R', 1n, 'heading\nheading\n lo: 0\n eth0: 0\n');
  await expect(steps.start('step-0', { ...plainOrder, ownNetwork: true })).rejects.toThrow(
    'the network interfaces lo, eth0',
  );
  await expect(steps.ended('step-0')).rejects.toThrow('eth0');
  expect(received.join('')).not.toContain('G');
  socket.destroy();
  await steps.close();
});
