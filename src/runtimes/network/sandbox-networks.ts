import type { Server, Socket } from 'node:net';
import { messageOf } from '../../support/exec-error.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { Ability, NetworkCounts, SandboxNetwork, SandboxSpec } from '../runtime.ts';
import { forwardPorts } from './forward-ports.ts';
import { listenInNamespace } from './listen-in-namespace.ts';
import type { Namespace, NamespaceMaker } from './namespace.ts';
import { createNamespacePool, type NamespacePool } from './namespace-pool.ts';
import { type NetworkOptions, networkLimits } from './network-options.ts';
import type { NetworkTools } from './network-tools.ts';

/** The network of one sandbox, with the agent listening in it. */
export interface OpenNetwork {
  readonly id: string;
  /** A path of its namespace. */
  readonly path: string;
  /** The agent listens in it no more, and forwards nothing; connections that were made are their owner's. */
  close(): Promise<void>;
  /** Safe to repeat. */
  remove(): Promise<void>;
}

/** A network that was made before anybody needed it, in which nothing is served yet. */
export interface PreparedNetwork {
  readonly id: string;
  /** A path of its namespace. */
  readonly path: string;
  /**
   * Gives it to an execution, once.
   * @throws ExecError START_FAILED when a port of the host cannot be opened; RUNTIME_UNAVAILABLE; the signal's reason
   */
  open(spec: OpenSpec, signal: AbortSignal): Promise<OpenNetwork>;
  /** Also once it was opened. Safe to repeat. */
  remove(): Promise<void>;
}

/** The networks of a driver's sandboxes. */
export interface SandboxNetworks {
  /** Proven by making one, which the next sandbox gets; a failure is not remembered. */
  ability(deployment: string, signal: AbortSignal): Promise<Ability>;
  open(spec: OpenSpec, signal: AbortSignal): Promise<OpenNetwork>;
  /** Makes one with nothing but its loopback, for a container that waits. */
  prepare(deployment: string, signal: AbortSignal): Promise<PreparedNetwork>;
  /** After a restart of the agent; undefined when it is gone. */
  recover(spec: OpenSpec & { readonly id: string }): Promise<OpenNetwork | undefined>;
  counts(): NetworkCounts;
  /** Lets go of everything; networks in use stay. */
  close(): Promise<void>;
}

type OpenSpec = Pick<SandboxSpec, 'deployment' | 'executionId'> & { readonly network: SandboxNetwork };

interface Ready {
  readonly namespace: Namespace;
  readonly server: Server;
  remove(): Promise<void>;
}

export interface SandboxNetworksOptions {
  readonly maker: NamespaceMaker;
  readonly tools: () => Promise<NetworkTools>;
  readonly options: NetworkOptions;
  readonly logger: Logger;
}

export function createSandboxNetworks({ maker, tools, options, logger }: SandboxNetworksOptions): SandboxNetworks {
  const { timeoutMs, portConnections, ...poolLimits } = networkLimits;
  const pools = new Map<string, NamespacePool<Ready>>();
  const opened = new Set<OpenNetwork>();
  let isProven = false;

  async function make(deployment: string, mode: SandboxNetwork['mode'], signal: AbortSignal): Promise<Ready> {
    const namespace = await maker.make({ deployment, mode }, signal);
    try {
      const server = await listen(namespace, signal);
      const remove = async () => {
        server.close();
        await namespace.remove();
      };
      return { namespace, server, remove };
    } catch (error) {
      await namespace.remove();
      throw error;
    }
  }

  async function listen(
    { path }: Namespace,
    signal: AbortSignal,
    onConnection?: SandboxNetwork['onConnection'],
  ): Promise<Server> {
    return listenInNamespace({
      tools: await tools(),
      netns: path,
      port: options.port,
      onConnection,
      timeoutMs,
      signal,
    });
  }

  function poolOf(deployment: string, mode: SandboxNetwork['mode']): NamespacePool<Ready> {
    const key = `${mode} ${deployment}`;
    const pool =
      pools.get(key) ??
      createNamespacePool({
        ...poolLimits,
        make: (signal) => make(deployment, mode, signal),
        // An open network is rare, and may be another one by the time it is used.
        size: mode === 'open' ? 0 : options.ready,
        isUsable: ({ namespace }) => namespace.isAlive(),
        logger,
      });
    pools.set(key, pool);
    return pool;
  }

  async function attach(
    { id, path, remove }: Namespace,
    server: Server,
    { onConnection, ports }: SandboxNetwork,
    signal: AbortSignal,
  ): Promise<OpenNetwork> {
    if (onConnection === undefined) server.close();
    const request = { netns: path, ports, maxConnections: portConnections, timeoutMs, signal };
    const forwarding = ports.length === 0 ? undefined : await forwardPorts({ ...request, tools: await tools() });
    const close = async () => {
      opened.delete(network);
      server.close();
      await forwarding?.close();
    };
    const network: OpenNetwork = {
      id,
      path,
      close,
      async remove() {
        await close();
        await remove();
      },
    };
    opened.add(network);
    return network;
  }

  async function give(
    { namespace, server }: Ready,
    { executionId, network }: OpenSpec,
    signal: AbortSignal,
  ): Promise<OpenNetwork> {
    await namespace.claim(executionId);
    if (network.onConnection !== undefined) server.on('connection', network.onConnection);
    return attach(namespace, server, network, signal);
  }

  return {
    async ability(deployment, signal) {
      if (isProven) return { ok: true };
      try {
        poolOf(deployment, 'none').put(await make(deployment, 'none', signal));
        isProven = true;
        return { ok: true };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, reason: messageOf(error) };
      }
    },

    async open(spec, signal) {
      const ready = await poolOf(spec.deployment, spec.network.mode).take(signal);
      try {
        return await give(ready, spec, signal);
      } catch (error) {
        await ready.remove();
        throw error;
      }
    },

    async prepare(deployment, signal) {
      const ready = await make(deployment, 'none', signal);
      let given: OpenNetwork | undefined;
      return {
        id: ready.namespace.id,
        path: ready.namespace.path,
        async open(spec, opening) {
          given = await give(ready, spec, opening);
          return given;
        },
        remove: () => (given ?? ready).remove(),
      };
    },

    async recover({ deployment, id, network }) {
      const namespace = await maker.find(deployment, id);
      if (namespace === undefined) return undefined;
      const { signal } = new AbortController();
      const server = await listen(namespace, signal, network.onConnection ?? turnAway);
      try {
        return await attach(namespace, server, network, signal);
      } catch (error) {
        server.close();
        throw error;
      }
    },

    counts() {
      const all = [...pools.values()].map((pool) => pool.counts());
      const sum = (of: (counts: NetworkCounts) => number) => all.reduce((total, each) => total + of(each), 0);
      return {
        ready: sum(({ ready }) => ready),
        takenReady: sum(({ takenReady }) => takenReady),
        waitedFor: sum(({ waitedFor }) => waitedFor),
      };
    },

    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await Promise.all([...opened].map((network) => network.close()));
    },
  };
}

function turnAway(socket: Socket): void {
  socket.destroy();
}
