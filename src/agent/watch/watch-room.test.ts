import { expect, test } from 'vitest';
import type { Capabilities } from '../../runtimes/runtime.ts';
import { createRoomWatch } from './watch-room.ts';

const capabilities = { hostImage: false, openNetwork: false, limits: true, gpus: false };
const shortage = async () => 'the disk is full';

function watch(place: Capabilities['place'], capacity?: () => Promise<string | undefined>, holdMs = 0) {
  const runtime = { capabilities: { ...capabilities, place }, ...(capacity && { capacity }) };
  return createRoomWatch({ runtime, shortage, holdMs });
}

test('room watch: the disk and memory of this host count only where containers run on it', async () => {
  expect(await watch('machine')()).toBe('the disk is full');
  expect(await watch('cluster')()).toBeUndefined();
});

test('room watch: a runtime without capacity for more is full, wherever it is', async () => {
  expect(await watch('cluster', async () => '8 pods wait for a node')()).toBe('8 pods wait for a node');
  expect(await watch('machine', async () => undefined)()).toBe('the disk is full');
});

test('room watch: the runtime is asked once while its answer holds', async () => {
  let asked = 0;
  const capacity = async () => {
    asked += 1;
    return undefined;
  };
  const room = watch('cluster', capacity, 60_000);
  await Promise.all([room(), room(), room()]);
  expect(asked).toBe(1);
});
