import { holdLeases } from '../../queue/hold-leases.ts';
import type { AnyRedis } from '../../support/any-redis.ts';
import type { Logger } from '../../telemetry/log.ts';
import { mayBeAlive, readHome } from '../agent-identity.ts';
import type { Config } from '../config/config-schema.ts';
import { runsInCluster } from '../config/runs-in-cluster.ts';

interface Options {
  readonly redis: AnyRedis;
  readonly leaseMs: number;
  readonly logger: Logger;
}

// An agent that is started again and again and never gets there must not keep its executions from the others.
const longestLeases = 10;

/**
 * Holds the executions of agents on this data directory whose processes have ended, while this agent starts: on a busy host,
 * connecting to Docker can take longer than what is left of their leases.
 * @returns a function that ends it, to be called once they are adopted
 */
export async function holdPredecessors(
  { keyPrefix: prefix, dataDir, runtime }: Pick<Config, 'keyPrefix' | 'dataDir' | 'runtime'>,
  { redis, leaseMs, logger }: Options,
): Promise<() => void> {
  // Any agent of a cluster can adopt them.
  if (runsInCluster({ runtime })) return () => undefined;
  const longestMs = longestLeases * leaseMs;
  const hold = async () => {
    try {
      const home = await readHome(dataDir, runtime === 'auto' ? '' : runtime);
      const isHeldFor = async (holder: { readonly agent: string; readonly home: string }) =>
        holder.home.startsWith(home) && !(await mayBeAlive(holder.agent));
      await holdLeases({ redis, prefix, leaseMs, longestMs, isHeldFor });
    } catch (error) {
      logger.warn({ err: error }, 'the leases of an earlier agent could not be prolonged');
    }
  };
  await hold();
  const timer = setInterval(() => void hold(), leaseMs / 3);
  return () => clearInterval(timer);
}
