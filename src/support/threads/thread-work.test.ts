import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createThreadWork } from './thread-work.ts';

describe('createThreadWork', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'thread-work-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('an order that cannot be sent fails, and the next one is done', async () => {
    const file = join(directory, 'echo.mjs');
    await writeFile(
      file,
      "import { parentPort } from 'node:worker_threads';\nparentPort.on('message', (order) => parentPort.postMessage(order));\n",
    );
    const work = createThreadWork<unknown, unknown>({ name: 'echo', file });
    const orders = [work.run(() => 'a function cannot be copied'), work.run('text')];
    const [first, second] = await Promise.allSettled(orders);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
    expect(second).toEqual({ status: 'fulfilled', value: 'text' });
    await work.close();
  });

  test('a thread that cannot start fails its order', async () => {
    const work = createThreadWork<string, string>({ name: 'none', file: 'not-absolute.mjs' });
    for (const order of ['one', 'two']) await expect(work.run(order)).rejects.toMatchObject({ code: 'INTERNAL' });
    await work.close();
  });
});
