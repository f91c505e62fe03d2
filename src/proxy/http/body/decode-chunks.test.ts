import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunkDecoder } from './decode-chunks.ts';

function decode(wire: Buffer, cuts: readonly number[], lenient = false) {
  const decoder = createChunkDecoder({ lenient });
  const data: Buffer[] = [];
  let taken = 0;
  for (const [from, to] of slices(wire.length, cuts)) {
    const step = decoder.decode(wire.subarray(from, to), (piece) => data.push(piece));
    if (step === undefined) return undefined;
    taken += step;
    if (decoder.done) break;
  }
  return { body: Buffer.concat(data).toString('latin1'), taken, done: decoder.done };
}

function slices(length: number, cuts: readonly number[]): readonly (readonly [number, number])[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (length + 1)), length])].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => [at[index] ?? 0, end]);
}

const encode = (chunks: readonly string[]) =>
  Buffer.from(`${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`, 'latin1');

describe('a body in chunks', () => {
  it('is the same wherever the network cuts it, and ends where it ends', () => {
    const chunk = fc.string({ minLength: 1, maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, '.'));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), fc.array(fc.nat(300)), (chunks, cuts) => {
        const wire = encode(chunks);
        const followed = Buffer.concat([wire, Buffer.from('GET /next')]);
        expect(decode(followed, cuts)).toEqual({ body: chunks.join(''), taken: wire.length, done: true });
      }),
    );
  });

  it.each([
    ['an extension', '3;a=b\r\nabc\r\n0\r\n\r\n'],
    ['a trailer', '3\r\nabc\r\n0\r\nX: y\r\n\r\n'],
    ['a bare line feed', '3\nabc\n0\n\n'],
    ['a space before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a sign', '+3\r\nabc\r\n0\r\n\r\n'],
    ['0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['no size', '\r\nabc\r\n0\r\n\r\n'],
    ['a size beyond 2^32', '100000003\r\nabc\r\n0\r\n\r\n'],
    ['more data than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a carriage return in the size', '3\rabc\r\n0\r\n\r\n'],
  ])('with %s is refused from a client', (_, wire) => {
    expect(decode(Buffer.from(wire), [])).toBeUndefined();
  });

  it('may have extensions and trailers when a server sends it', () => {
    const wire = Buffer.from('3;a=b\r\nabc\r\n0\r\nX: y\r\nZ: z\r\n\r\n');
    expect(decode(wire, [4, 9, 20], true)).toEqual({ body: 'abc', taken: wire.length, done: true });
  });
});
