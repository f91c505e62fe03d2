import { executionCgroups } from '../parts/run/run-traces.ts';
import type { TestRun } from '../parts/run/test-run.ts';
import { findLeftovers, findOnMachine, findTraces } from './count-leftovers.ts';
import type { FaultWorld } from './fault-world.ts';
import { faultsOf } from './faults.ts';
import { usualKinds } from './make-requests.ts';
import { concurrency, openWorld } from './open-world.ts';
import { isUndoneByEngine } from './undone-by-engine.ts';
import { watchActivity } from './watch-activity.ts';

export interface OpenFaultsOptions {
  readonly quick: boolean;
  /** No container is started before it has a command. */
  readonly cold: boolean;
  /** Gets what the agents write. */
  readonly onLine: (line: string) => void;
}

/** Two agents on this host, one with Docker and one with an OCI runtime. */
export async function openHost(run: TestRun, { quick, cold, onLine }: OpenFaultsOptions): Promise<FaultWorld> {
  const cgroupsBefore = executionCgroups();
  const world = await openWorld(run, { cold, onLine });
  const activity = watchActivity(world.config);
  const faults = faultsOf(world, activity, quick);
  return {
    config: world.config,
    agents: 'two agents',
    marks: world.marks,
    kinds: usualKinds,
    faults,
    isUndone: isUndoneByEngine,
    // No more than the engine had under its hands when it was stopped.
    undoneMost: faults.filter(({ engineUndoes }) => engineUndoes).length * concurrency.docker,
    findLeftovers: () => findLeftovers(world, run),
    stopAgents: () => world.stopAgents(),
    findRemains: () => findOnMachine(world, 'agents have stopped'),
    async close() {
      activity.close();
      await world.close();
    },
    findTraces: (executions) => findTraces(run, { executions, cgroupsBefore }),
  };
}
