import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createTestStore } from '../../../tests/cli/helpers/test-store.ts';
import { createSilentLogger } from '../../telemetry/log.ts';
import { createKeepLog, removeOrphanedLogs } from './keep-logs.ts';

const { signal } = new AbortController();

/** A queue in which one attempt counts. */
function createParts(countingFence: () => number | undefined) {
  const noted = new Set<string>();
  const store = createTestStore();
  const queue = {
    async noteLog(_id: string, fence: number, { name }: { readonly name: string }) {
      if (fence !== countingFence()) return false;
      noted.add(name);
      return true;
    },
    orphanedLogs: async () => [...noted],
    async forgetLogs(_store: string, names: readonly string[]) {
      for (const name of names) noted.delete(name);
    },
  };
  const places = { queue, store, place: 'here' };
  return { places, store, noted, keepLog: createKeepLog(places, { directory: '/nowhere', limitBytes: 1000 }) };
}

async function withBody(
  content: string,
  work: (body: Parameters<ReturnType<typeof createKeepLog>['store']>[1]) => Promise<void>,
) {
  const directory = await mkdtemp(join(tmpdir(), 'keep-logs-'));
  try {
    await writeFile(join(directory, 'log'), content);
    const handle = await open(join(directory, 'log'));
    try {
      await work({ handle, size: content.length, onBytes: () => undefined });
    } finally {
      await handle.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('whole output: an attempt that no longer counts stores nothing', () =>
  withBody('late', async (body) => {
    const { keepLog, store } = createParts(() => 2);
    expect(await keepLog.store({ executionId: 'x', fence: 1 }, body, signal)).toBeUndefined();
    expect(store.names()).toEqual([]);
  }));

test('whole output: an attempt that is overtaken while it stores leaves that of the next one alone, and all of them go', async () => {
  let fence = 1;
  const { keepLog, store, places, noted } = createParts(() => fence);
  const names: (string | undefined)[] = [];
  for (const content of ['first', 'second']) {
    await withBody(content, async (body) => {
      names.push(await keepLog.store({ executionId: 'x', fence }, body, signal));
    });
    fence += 1;
  }
  expect(new Set(names).size).toBe(2);
  expect(await text((await store.get({ name: names[0] ?? '' }, signal)).body)).toBe('first');
  expect(await text((await store.get({ name: names[1] ?? '' }, signal)).body)).toBe('second');
  await removeOrphanedLogs(places, createSilentLogger());
  expect(store.names()).toEqual([]);
  expect([...noted]).toEqual([]);
});
