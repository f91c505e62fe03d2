import { expect, test } from 'vitest';
import { freeImage, type ImageUses } from './free-image.ts';

const none: ImageUses = { used: new Set(), waiting: new Set() };
const waiting: ImageUses = { used: new Set(), waiting: new Set(['a']) };
const used: ImageUses = { used: new Set(['a']), waiting: new Set(['a']) };

test.each([
  { uses: 'by nothing', before: none, after: none, isFree: true, discards: 0 },
  {
    uses: 'by another image’s container',
    before: { ...none, used: new Set(['b']) },
    after: none,
    isFree: true,
    discards: 0,
  },
  { uses: 'by a warm container', before: waiting, after: none, isFree: true, discards: 1 },
  { uses: 'by a warm container that stays', before: waiting, after: waiting, isFree: false, discards: 1 },
  { uses: 'by a warm container that an execution takes', before: waiting, after: used, isFree: false, discards: 1 },
  { uses: 'by an execution', before: used, after: used, isFree: false, discards: 0 },
])('free image: one that is used $uses', async ({ before, after, isFree, discards }) => {
  const discarded: string[] = [];
  const usesNow = async () => (discarded.length === 0 ? before : after);
  const free = await freeImage('a', usesNow, async (imageId) => void discarded.push(imageId));
  expect(free).toBe(isFree);
  expect(discarded).toEqual(Array(discards).fill('a'));
});
