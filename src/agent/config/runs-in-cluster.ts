import type { Config } from './config-schema.ts';

/** Whether sandboxes are in a cluster, where every agent of the deployment reaches them. */
export function runsInCluster({ runtime }: Pick<Config, 'runtime'>): boolean {
  return runtime === 'kubernetes';
}
