import type { Fault } from './fault-world.ts';
import type { World } from './open-world.ts';
import type { ActivityWatch } from './watch-activity.ts';

/** A fault of this host. */
export interface HostFault extends Fault {
  /** Whether the engine may end or forget what it starts or ends just then. */
  readonly engineUndoes?: true;
}

type Runtime = 'docker' | 'oci';

/** What breaks, one after the other: 21 agents, Redis and the engine three times each; or a few of each. */
export function faultsOf(world: World, activity: ActivityWatch, quick: boolean): readonly HostFault[] {
  const meets = async (runtimes: readonly Runtime[]) => {
    const pids = runtimes.map((runtime) => String(world.pidOf(runtime)));
    return (await activity.until(({ agent }) => pids.includes(agent.split('/')[1] ?? ''))).map(({ id }) => id);
  };
  const killAgent = (runtime: Runtime): HostFault => ({
    name: `kill -9 of the ${runtime} agent`,
    kills: 1,
    async strike() {
      const met = await meets([runtime]);
      await world.killAgent(runtime);
      return met;
    },
  });
  const killBoth: HostFault = {
    name: 'kill -9 of both agents',
    kills: 2,
    async strike() {
      const met = await meets(world.runtimes);
      await Promise.all(world.runtimes.map((runtime) => world.killAgent(runtime)));
      return met;
    },
  };
  const killRedis: HostFault = {
    name: 'kill -9 of Redis',
    kills: 1,
    async strike() {
      const met = await meets(world.runtimes);
      await world.killRedis();
      return met;
    },
  };
  const restartEngine = (signal: 'SIGTERM' | 'SIGKILL'): HostFault => ({
    name: `restart of the engine after ${signal}`,
    kills: 1,
    engineUndoes: true,
    async strike() {
      const met = await meets(['docker']);
      await world.restartEngine(signal);
      return met;
    },
  });
  const docker = killAgent('docker');
  const oci = killAgent('oci');
  if (quick) return [docker, killRedis, oci, restartEngine('SIGKILL'), docker];
  const round = (signal: 'SIGTERM' | 'SIGKILL') => [
    ...[docker, oci, killRedis, docker, oci],
    ...[killBoth, restartEngine(signal), docker],
  ];
  return [...round('SIGTERM'), ...round('SIGKILL'), ...round('SIGTERM')];
}
