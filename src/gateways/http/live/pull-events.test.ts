import { expect, test } from 'vitest';
import type { EnsureOptions, ImageStore } from '../../../runtimes/runtime.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { pullEvents } from './pull-events.ts';

const { signal } = new AbortController();

async function eventsOf(images: Pick<ImageStore, 'ensure'>) {
  const events = [];
  for await (const event of pullEvents('alpine', images, signal)) events.push(event);
  return events;
}

test('pull events: the latest progress for a client that reads slowly, then the image', async () => {
  const images = {
    async ensure(reference: string, { onProgress = () => undefined }: EnsureOptions) {
      for (const receivedBytes of [1, 2, 3]) onProgress({ reference, receivedBytes, status: 'downloading' });
      return { reference, digest: 'sha256:0' };
    },
  };
  expect(await eventsOf(images)).toEqual([
    { event: 'progress', data: { reference: 'alpine', received_bytes: 3, status: 'downloading' } },
    { event: 'pulled', data: { reference: 'alpine', digest: 'sha256:0' } },
  ]);
});

test('pull events: a pull that fails ends with the problem', async () => {
  const images = { ensure: () => Promise.reject(new ExecError('IMAGE_NOT_FOUND', 'There is no such image.')) };
  expect(await eventsOf(images)).toEqual([
    {
      event: 'error',
      data: expect.objectContaining({
        status: 404,
        detail: 'There is no such image.',
        error_code: 'IMAGE_NOT_FOUND',
      }),
    },
  ]);
});
