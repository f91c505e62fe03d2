import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPieceBuffers } from './piece-buffers.ts';

test('piece buffers: all bytes arrive in order, for any sizes and any speed of the consumer', async () => {
  const room = 16;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: room })),
      fc.integer({ min: room, max: 4 * room }),
      fc.array(fc.nat({ max: 3 }), { minLength: 1 }),
      async (chunks, bytes, turns) => {
        const arrived: Uint8Array[] = [];
        const pieces = createPieceBuffers({
          bytes,
          room,
          async take(piece) {
            for (let turn = turns[arrived.length % turns.length] ?? 0; turn > 0; turn -= 1) await undefined;
            arrived.push(Buffer.from(piece));
          },
        });
        for (const chunk of chunks) if (!pieces.add(chunk)) await pieces.ready();
        await pieces.end();
        expect(Buffer.concat(arrived)).toEqual(Buffer.concat(chunks));
      },
    ),
  );
});

test('piece buffers: an error of the consumer rejects ready and end', async () => {
  const take = () => Promise.reject(new Error('the disk is full'));
  const pieces = createPieceBuffers({ bytes: 1, room: 1, take });
  pieces.add(Buffer.from('a'));
  await expect(pieces.end()).rejects.toThrow('the disk is full');
});
