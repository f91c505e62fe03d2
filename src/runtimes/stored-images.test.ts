import { expect, test } from 'vitest';
import { listStoredImages, pruneStoredImages } from './stored-images.ts';

const image = { references: ['a:1'], digest: 'sha256:0', sizeBytes: 1 };

test('stored images: are listed and removed by a runtime that can', async () => {
  expect(await listStoredImages({ list: async () => [image] })).toEqual([image]);
  expect(await pruneStoredImages({ prune: async () => [image] }, { keepBytes: 0 })).toEqual([image]);
});

test('stored images: a runtime without a list gets one sentence with what to do', async () => {
  await expect(listStoredImages({})).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message:
      'The agent cannot list images: its runtime keeps them elsewhere. Look at the nodes that run the containers.',
  });
  await expect(pruneStoredImages({}, { keepBytes: 0 })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message:
      'The agent cannot remove images: its runtime keeps them elsewhere. Its nodes remove unused images themselves.',
  });
});
