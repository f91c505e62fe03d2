import fc from 'fast-check';
import { expect, test } from 'vitest';
import { demultiplex, type Frame } from './demultiplex.ts';

const maxPayload = 1024;

function encode({ stream, payload }: Frame): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const length of lengths) {
    if (offset >= bytes.length) break;
    yield bytes.subarray(offset, offset + length);
    offset += length;
  }
  if (offset < bytes.length) yield bytes.subarray(offset);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const some of demultiplex(source, maxPayload)) frames.push(...some);
  return frames;
}

const frame = fc.record({
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  payload: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
});

test('frames are the same however the bytes were cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame), fc.array(fc.integer({ min: 1, max: 40 })), async (frames, cuts) => {
      expect(await collect(cut(Buffer.concat(frames.map(encode)), cuts))).toEqual(frames);
    }),
  );
});

test('an unfinished frame at the end is left out', async () => {
  const whole = encode({ stream: 'stdout', payload: Buffer.from('whole') });
  const half = encode({ stream: 'stdout', payload: Buffer.from('half') }).subarray(0, 10);
  expect(await collect(cut(Buffer.concat([whole, half]), []))).toEqual([
    { stream: 'stdout', payload: Buffer.from('whole') },
  ]);
});

test('raw text is refused, not taken for frames', async () => {
  await expect(collect(cut(Buffer.from('plain text of a terminal'), []))).rejects.toThrow('cannot be understood');
});

test('a message that is too long is refused before it is read', async () => {
  const header = encode({ stream: 'stderr', payload: Buffer.alloc(maxPayload + 1) }).subarray(0, 8);
  await expect(collect(cut(header, []))).rejects.toThrow(`${maxPayload + 1} bytes`);
});

test('an error of the engine: comes in its words, after what was written before it, however the bytes were cut', async () => {
  const words = 'error from daemon in stream: Error grabbing logs: unexpected EOF';
  const error = encode({ stream: 'stderr', payload: Buffer.from(`${words}\n`) });
  error[0] = 3;
  const before = { stream: 'stdout', payload: Buffer.from('before') } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 })), async (cuts) => {
      const seen: Frame[] = [];
      const read = async () => {
        const bytes = Buffer.concat([encode(before), error]);
        for await (const some of demultiplex(cut(bytes, cuts), maxPayload)) seen.push(...some);
      };
      await expect(read()).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringContaining(words),
      });
      expect(seen).toEqual([before]);
    }),
  );
});
