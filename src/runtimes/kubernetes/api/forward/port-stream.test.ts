import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openPortStream } from './port-stream.ts';

const port = Buffer.of(0xe3, 0x24);
const [data, problems] = [0, 1];

/** A frame of a server; `isFirst` and `isLast` of its message. */
function frame(payload: Buffer, { kind = 2, isLast = true } = {}): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.of(0, length) : Buffer.alloc(length < 2 ** 16 ? 4 : 10);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (head.length > 2) head[1] = head.length === 4 ? 126 : 127;
  head[0] = kind | (isLast ? 0x80 : 0);
  return Buffer.concat([head, payload]);
}

const onChannel = (channel: number, content: Buffer) => frame(Buffer.concat([Buffer.of(channel), content]));
const begin = Buffer.concat([onChannel(data, port), onChannel(problems, port)]);
const close = frame(Buffer.alloc(0), { kind: 8 });

/** The messages of a client, without their masks. */
function messagesOf(bytes: Buffer): readonly { readonly kind: number; readonly payload: Buffer }[] {
  const found = [];
  for (let rest = bytes; rest.length > 0; ) {
    const short = (rest[1] ?? 0) & 0x7f;
    const at = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length = at === 2 ? short : at === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    const mask = rest.subarray(at, at + 4);
    const payload = rest.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    found.push({ kind: (rest[0] ?? 0) & 0x0f, payload: Buffer.from(payload) });
    rest = rest.subarray(at + 4 + length);
  }
  return found;
}

/** A stream, and the server's end of its connection. */
async function withStream(work: (stream: Duplex, server: Socket, socket: Socket) => Promise<void>): Promise<void> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const [accepted]: Socket[] = await once(server, 'connection');
  if (accepted === undefined) throw new Error('no connection');
  accepted.on('error', () => undefined);
  const stream = openPortStream(socket);
  try {
    await work(stream, accepted, socket);
  } finally {
    stream.on('error', () => undefined).destroy();
    accepted.destroy();
    server.close();
  }
}

describe('openPortStream', () => {
  test('reads what the port sends, in frames and pieces of any size', async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 9_000 }), fc.boolean(), async (sent, size, isSplit) => {
        await withStream(async (stream, server) => {
          const frames = sent.flatMap((each) => {
            const message = Buffer.concat([Buffer.of(data), each]);
            const half = isSplit ? Math.floor(message.length / 2) : 0;
            const ping = frame(Buffer.from('?'), { kind: 9 });
            if (half === 0) return [frame(message), ping];
            const first = frame(message.subarray(0, half), { isLast: false });
            return [first, ping, frame(message.subarray(half), { kind: 0 })];
          });
          const bytes = Buffer.concat([begin, ...frames, close]);
          for (let at = 0; at < bytes.length; at += size) server.write(bytes.subarray(at, at + size));
          expect((await buffer(stream)).equals(Buffer.concat(sent))).toBe(true);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('sends each byte once, masked, and a close when it is destroyed', async () => {
    await withStream(async (stream, server) => {
      const received = buffer(server);
      // A connection with something unread is reset when it is closed.
      server.write(Buffer.concat([begin, onChannel(data, Buffer.from('read'))]));
      await once(stream, 'data');
      const content = Buffer.alloc(300_000, 'abcdefg');
      stream.write(content);
      stream.write('more');
      stream.end();
      await once(stream, 'finish');
      stream.destroy();
      const messages = messagesOf(await received);
      expect(messages.map(({ kind }) => kind).slice(-2)).toEqual([2, 8]);
      const carried = messages.filter(({ kind }) => kind === 2).map(({ payload }) => payload);
      expect(carried.every((each) => each[0] === data)).toBe(true);
      const joined = Buffer.concat(carried.map((each) => each.subarray(1)));
      expect(joined.equals(Buffer.concat([content, Buffer.from('more')]))).toBe(true);
    });
  });

  test('takes nothing to send', async () => {
    await withStream(async (stream, server) => {
      const received = buffer(server);
      await new Promise<unknown>((resolve) => stream.write(Buffer.alloc(0), resolve));
      stream.end('after');
      await once(stream, 'finish');
      stream.destroy();
      const carried = messagesOf(await received).filter(({ kind }) => kind === 2);
      expect(carried.map(({ payload }) => payload.subarray(1).toString())).toEqual(['after']);
    });
  });

  test('closes its connection when it is destroyed while the server does not read', async () => {
    await withStream(async (stream, _server, socket) => {
      stream.write(Buffer.alloc(32 * 1024 ** 2));
      expect(socket.writableLength).toBeGreaterThan(0);
      const closed = once(socket, 'close');
      stream.on('error', () => undefined).destroy();
      await closed;
    });
  });

  test('ignores what comes behind a close', async () => {
    await withStream(async (stream, server, socket) => {
      const read: Buffer[] = [];
      stream.on('data', (bytes: Buffer) => read.push(bytes));
      const ended = once(stream, 'end');
      server.resume();
      server.write(Buffer.concat([begin, onChannel(data, Buffer.from('all')), close]));
      await ended;
      const gone = once(socket, 'close');
      server.end(Buffer.concat([onChannel(data, Buffer.from('more')), close]));
      await gone;
      expect(Buffer.concat(read).toString()).toBe('all');
      expect(stream.errored).toBeNull();
    });
  });

  test('answers a ping', async () => {
    await withStream(async (stream, server) => {
      const received = buffer(server);
      server.write(frame(Buffer.from('there?'), { kind: 9 }));
      server.write(close);
      stream.resume();
      await once(stream, 'end');
      stream.destroy();
      const [pong] = messagesOf(await received);
      expect(pong).toEqual({ kind: 10, payload: Buffer.from('there?') });
    });
  });

  test.each([
    [
      'what the node reports',
      [begin, onChannel(problems, Buffer.from('connection refused')), close],
      'connection refused',
    ],
    ['a connection that breaks', [begin], 'closed the connection'],
    [
      'what the node reported before the connection breaks',
      [begin, onChannel(problems, Buffer.from('refused'))],
      'refused',
    ],
    ['an unknown channel', [onChannel(7, port)], 'channel 7'],
    ['a frame that a server does not send', [Buffer.of(0x82, 0x80, 0, 0, 0, 0)], 'no frame'],
    ['a frame of an extension', [Buffer.of(0xc2, 0)], 'no frame'],
    [
      'a frame that is longer than any buffer',
      [Buffer.of(0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255)],
      'too long',
    ],
    ['a long control frame', [Buffer.of(0x89, 126, 0, 200)], 'too long'],
  ])('fails with %s', async (_, frames, message) => {
    await withStream(async (stream, server) => {
      const failed = once(stream, 'error');
      stream.resume();
      server.end(Buffer.concat(frames));
      const [error] = await failed;
      expect(String(error)).toContain(message);
    });
  });
});
