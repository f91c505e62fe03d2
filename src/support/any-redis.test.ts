import { Cluster } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { publishCounted } from './any-redis.ts';

interface Node {
  pubsub(): Promise<unknown>;
}

/** Stands for a cluster whose node for publishing has no listeners. */
async function publishOn(nodes: readonly Node[]) {
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  vi.spyOn(cluster, 'publish').mockResolvedValue(0);
  Reflect.set(cluster, 'nodes', () => nodes);
  return publishCounted(cluster, 'channel', 'text');
}

const hears = (count: number): Node => ({ pubsub: async () => ['channel', count] });
const fails = (message: string): Node => ({ pubsub: () => Promise.reject(new Error(message)) });

test('publish on a cluster: counts who listens on any node, also while one is away', async () => {
  expect(await publishOn([hears(0), hears(2), hears(1)])).toBe(3);
  expect(await publishOn([fails('Connection is closed.'), hears(1)])).toBe(1);
  await expect(publishOn([fails('NOPERM'), fails('NOPERM')])).rejects.toThrow('NOPERM');
});
