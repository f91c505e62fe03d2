import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionPair } from '../../../tests/proxy/connection-pair.ts';
import { part, sentence } from '../../wire/sentence.ts';
import { ExecError } from '../exec-error.ts';
import { windowBytes } from './channel.ts';
import { decodeFrames, encodeFrame, frameKinds, maxPayloadBytes } from './frames.ts';
import { type ChannelsOptions, openChannels } from './open-channels.ts';

function connect(onChannel: ChannelsOptions['onChannel']) {
  const [near, far] = connectionPair();
  const options = onChannel === undefined ? {} : { onChannel };
  return { near: openChannels(near, { side: 'odd' }), far: openChannels(far, { side: 'even', ...options }) };
}

/** One end of a connection, with nothing that keeps to the protocol on the other. */
function connectRaw() {
  const [near, far] = connectionPair();
  return { channels: openChannels(near, { side: 'odd', onChannel: () => undefined }), far };
}

test('channels: a message gets its reply, and bytes flow in both directions with an end each', async () => {
  const { near } = connect(async ({ input, output, reply }, message) => {
    await reply({ got: message });
    const said = await text(input);
    output.end(said.toUpperCase());
  });
  const channel = await near.open({ ask: 1 });
  channel.output.end('hello');
  expect(await channel.replied()).toEqual({ got: { ask: 1 } });
  expect(await text(channel.input)).toBe('HELLO');
});

test('channels: any bytes in any pieces over several channels arrive whole and in order', async () => {
  const { near } = connect(({ input, output }) => void pipeline(input, output).catch(() => undefined));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.uint8Array({ maxLength: 100_000 })), { maxLength: 4 }), async (all) => {
      const back = await Promise.all(
        all.map(async (pieces) => {
          const { input, output } = await near.open({});
          const whole = buffer(input);
          await pipeline(Readable.from(pieces.map((piece) => Buffer.from(piece))), output);
          return whole;
        }),
      );
      expect(back.map((bytes) => bytes.length)).toEqual(all.map((pieces) => Buffer.concat(pieces).length));
      for (const [index, pieces] of all.entries()) expect(back[index]?.equals(Buffer.concat(pieces))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('channels: a reader that does not read holds up its own channel and no other', async () => {
  let taken = 0;
  const { near } = connect(async ({ input, reply }, message) => {
    if (message === 'slow') return;
    await reply(await text(input));
  });
  const slow = await near.open('slow');
  const source = new Readable({
    read() {
      taken += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  pipeline(source, slow.output).catch(() => undefined);
  for (let turns = 0; turns < 200; turns += 1) await turn();
  expect(taken).toBeLessThan(4 * windowBytes);
  const other = await near.open('quick');
  other.output.end('through');
  expect(await other.replied()).toBe('through');
  slow.fail(new ExecError('CANCELED', 'enough'));
});

test('channels: an error keeps its code, its sentence and its facts, on both sides', async () => {
  const told = sentence`${part('inputs.inline')}: there is no such object`;
  const failure = new ExecError('INPUT_NOT_FOUND', told, { context: { passing: true } });
  const { near } = connect(({ fail }) => fail(failure));
  const channel = await near.open({});
  const expected = { code: 'INPUT_NOT_FOUND', sentence: told, context: { passing: true } };
  await expect(channel.replied()).rejects.toMatchObject(expected);
  await expect(text(channel.input)).rejects.toMatchObject(expected);
});

test('channels: one that is destroyed ends on the other side too', async () => {
  let seen: unknown;
  const { near } = connect(({ input }) => {
    input.once('error', (error) => {
      seen = error;
    });
    input.resume();
  });
  const channel = await near.open({});
  channel.output.destroy(new ExecError('CANCELED', 'stop'));
  while (seen === undefined) await turn();
  expect(seen).toMatchObject({ code: 'CANCELED', message: 'stop' });
});

test('channels: all of them fail when the connection ends', async () => {
  const { near, far } = connect(() => undefined);
  const channels = await Promise.all([near.open({}), near.open({})]);
  far.close();
  for (const channel of channels)
    await expect(channel.replied()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  await near.closed;
  await expect(near.open({})).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
});

const breaches: readonly (readonly [string, readonly Buffer[]])[] = [
  ['a kind that does not exist', [Buffer.from([0, 0, 0, 0, 99, 0, 0, 0, 2])]],
  ['a length beyond the limit', [Buffer.from([255, 255, 255, 255, 2, 0, 0, 0, 2])]],
  ['a number of this side', [encodeFrame('open', 1, Buffer.from('{}'))]],
  ['a number twice', [encodeFrame('open', 2, Buffer.from('{}')), encodeFrame('open', 2, Buffer.from('{}'))]],
  ['a message that is not JSON', [encodeFrame('open', 2, Buffer.from('{'))]],
  [
    'more bytes than it has credit for',
    [
      encodeFrame('open', 2, Buffer.from('{}')),
      encodeFrame('data', 2, Buffer.alloc(maxPayloadBytes)),
      encodeFrame('data', 2, Buffer.alloc(1)),
    ],
  ],
  [
    'bytes after the end',
    [encodeFrame('open', 2, Buffer.from('{}')), encodeFrame('end', 2), encodeFrame('data', 2, Buffer.alloc(1))],
  ],
  [
    'too many channels',
    Array.from({ length: 65 }, (_, index) => encodeFrame('open', 2 + 2 * index, Buffer.from('{}'))),
  ],
];

test.each(breaches)('channels: the connection ends at %s', async (_what, frames) => {
  const { channels, far } = connectRaw();
  for (const frame of frames) far.write(frame);
  await channels.closed;
});

test('channels: no bytes make them hang or throw past the connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (pieces) => {
      const { channels, far } = connectRaw();
      for (const piece of pieces) far.write(piece);
      far.end();
      await channels.closed;
    }),
  );
});

test('frames: are decoded wherever the bytes are cut', async () => {
  const frame = fc.record({
    kind: fc.constantFrom(...frameKinds),
    channel: fc.nat(),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(frame), fc.integer({ min: 1, max: 50 }), async (frames, size) => {
      const bytes = Buffer.concat(frames.map(({ kind, channel, payload }) => encodeFrame(kind, channel, payload)));
      const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const decoded = [];
      for await (const each of decodeFrames(Readable.from(cuts))) decoded.push(each);
      expect(decoded).toEqual(frames);
    }),
  );
});
