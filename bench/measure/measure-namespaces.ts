import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { listenInNamespace } from '../../src/runtimes/network/listen-in-namespace.ts';
import { createNamespacePool } from '../../src/runtimes/network/namespace-pool.ts';
import { networkLimits } from '../../src/runtimes/network/network-options.ts';
import { findNetworkTools } from '../../src/runtimes/network/network-tools.ts';
import { createOwnNamespaces } from '../../src/runtimes/network/own-namespaces.ts';
import { createOwners } from '../../src/support/processes/owners.ts';
import { createSilentLogger } from '../../src/telemetry/log.ts';
import type { BenchSize } from '../bench-size.ts';
import { summarise } from '../summarise.ts';

const port = 9000;

/** How long an execution waits for a network that the agent listens in: one that is ready, and one that has to be made. */
export async function measureNamespaces(size: BenchSize) {
  const directory = await mkdtemp(join(tmpdir(), 'namespaces-'));
  const tools = await findNetworkTools(process.env.PATH ?? '');
  const { timeoutMs, portConnections: _, ...limits } = networkLimits;
  const owners = createOwners(join(directory, 'owners'));
  const namespaces = createOwnNamespaces({
    directory: join(directory, 'made'),
    owners,
    tools: async () => tools,
    timeoutMs,
  });
  const made: number[] = [];
  const pool = createNamespacePool({
    ...limits,
    make: async (signal) => {
      const begun = performance.now();
      const namespace = await namespaces.make(signal);
      try {
        const server = await listenInNamespace({ tools, netns: namespace.path, port, timeoutMs, signal });
        made.push(performance.now() - begun);
        return { namespace, remove: () => namespace.remove().finally(() => server.close()) };
      } catch (error) {
        await namespace.remove();
        throw error;
      }
    },
    size: 1,
    isUsable: ({ namespace }) => namespace.isAlive(),
    logger: createSilentLogger(),
  });
  const rounds = { full: 100, quick: 20, smoke: 1 }[size];
  const taken: number[] = [];
  const { signal } = new AbortController();
  try {
    await (await pool.take(signal)).remove();
    for (let round = 0; round < rounds; round++) {
      while (pool.counts().ready === 0) await pause(1);
      const begun = performance.now();
      const one = await pool.take(signal);
      await one.namespace.claim('6f9d7f3e-0c0e-4a5e-9d0f-0f6f6f6f6f6f');
      taken.push(performance.now() - begun);
      await one.remove();
    }
  } finally {
    await pool.close();
    await owners.close();
    await rm(directory, { recursive: true });
  }
  return { namespace_ms: summarise(taken).median, namespace_made_ms: summarise(made).median };
}
