import type { World } from './open-world.ts';

export interface Fault {
  readonly name: string;
  /** How many processes it kills or restarts. */
  readonly kills: number;
  /** Whether the engine may end or forget what it starts or ends just then. */
  readonly engineUndoes?: true;
  /** Resolves when all works again. */
  readonly strike: (world: World) => Promise<void>;
}

const killAgent = (runtime: 'docker' | 'oci'): Fault => ({
  name: `kill -9 of the ${runtime} agent`,
  kills: 1,
  strike: (world) => world.killAgent(runtime),
});

const killBoth: Fault = {
  name: 'kill -9 of both agents',
  kills: 2,
  strike: async (world) => void (await Promise.all(world.runtimes.map((runtime) => world.killAgent(runtime)))),
};

const killRedis: Fault = { name: 'kill -9 of Redis', kills: 1, strike: (world) => world.killRedis() };

const restartEngine = (signal: 'SIGTERM' | 'SIGKILL'): Fault => ({
  name: `restart of the engine after ${signal}`,
  kills: 1,
  engineUndoes: true,
  strike: (world) => world.restartEngine(signal),
});

const docker = killAgent('docker');
const oci = killAgent('oci');

/** What breaks, one after the other: 21 agents, Redis and the engine three times each; or a few of each. */
export function faultsOf(quick: boolean): readonly Fault[] {
  if (quick) return [docker, killRedis, oci, restartEngine('SIGKILL'), docker];
  const round = (signal: 'SIGTERM' | 'SIGKILL') => [
    ...[docker, oci, killRedis, docker, oci],
    ...[killBoth, restartEngine(signal), docker],
  ];
  return [...round('SIGTERM'), ...round('SIGKILL'), ...round('SIGTERM')];
}
