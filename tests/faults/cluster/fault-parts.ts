import type { Cluster } from '../../kubernetes/cluster/open-cluster.ts';
import { becomesTrue } from '../../parts/poll.ts';
import type { RunMarks } from '../../parts/run/mark-runs.ts';
import type { Activity, ActivityWatch } from '../watch-activity.ts';
import type { Agents } from './start-agents.ts';

/** What the faults of a cluster are made of. */
export interface ClusterFaultParts {
  readonly cluster: Cluster;
  /** Of the pods. */
  readonly namespace: string;
  readonly agents: Agents;
  readonly activity: ActivityWatch;
  readonly marks: RunMarks;
  /** The file of the image of keep. */
  readonly agentArchive: string;
  readonly leaseSeconds: number;
  /** Notes executions whose pods a fault ends. */
  readonly willEnd: (executions: readonly string[]) => void;
  /** Asks keep of an execution's pod, as an agent with that fence would. @returns why it refused; undefined: it did not */
  readonly askKeep: (activity: Activity) => Promise<string | undefined>;
  readonly quick: boolean;
}

const waitMs = 300_000;

/** @throws Error when it does not happen for long */
export async function waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
  if (!(await becomesTrue(condition, waitMs))) throw new Error(`this did not happen: ${what}`);
}

export const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

export const idsOf = (some: readonly Activity[]) => some.map(({ id }) => id);

/** Whether its command was started, as far as its record tells. */
export const isRunning = ({ state, pod }: Activity) => state === 'running' && pod !== undefined;

/** Whether a command succeeds. */
export async function succeeds(command: Promise<unknown>): Promise<boolean> {
  return command.then(
    () => true,
    () => false,
  );
}
