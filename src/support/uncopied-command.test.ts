import { Writable } from 'node:stream';
import fc from 'fast-check';
import { Command, Redis } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { sendUncopied } from './uncopied-command.ts';

type Argument = string | number | Buffer;

/** What a connection gets of the command, piece by piece. */
function written(args: readonly Argument[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  const connection = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      done();
    },
  });
  const redis = new Redis({ lazyConnect: true });
  vi.spyOn(redis, 'sendCommand').mockImplementation((command) => {
    connection.write(command.toWritable(connection));
    command.resolve(null);
    return command.promise;
  });
  void sendUncopied(redis, 'evalsha', args);
  return pieces;
}

const argument = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.nat(3).map((more) => Buffer.alloc(64 * 1024 - 1 + more, 'é')),
);

test('uncopied command: the connection gets the bytes that the client would send', () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      const sent = Buffer.concat(written(args));
      expect(sent.equals(Buffer.from(new Command('evalsha', [...args]).toWritable({})))).toBe(true);
    }),
  );
});

test('uncopied command: a long buffer is written as it is', () => {
  const long = Buffer.alloc(100_000, 'x');
  expect(written(['sha', 1, long, 'end']).some((piece) => piece.buffer === long.buffer)).toBe(true);
  expect(written(['sha', 1, Buffer.from('short'), 'end'])).toHaveLength(1);
});
