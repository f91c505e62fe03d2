import { expect } from 'vitest';
import { becomesTrue } from '../../parts/poll.ts';
import type { Cluster } from '../cluster/open-cluster.ts';
import { withObject } from '../cluster/with-object.ts';

/** One line that `play-keep.ts` printed. */
export type Report = Readonly<Record<string, unknown>>;

export interface PodRun {
  readonly reports: readonly Report[];
  readonly stdout: string;
  readonly stderr: string;
  /** The status of the pod at its end. */
  readonly status: PodStatus;
}

export interface PodStatus {
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly podIP?: string;
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly restartCount: number;
    readonly state: {
      readonly waiting?: { readonly reason?: string; readonly message?: string };
      readonly running?: { readonly startedAt: string };
      readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
    };
  }[];
}

const endsWithinMs = 90_000;

export async function statusOf(cluster: Cluster, name: string, namespace = 'default'): Promise<PodStatus> {
  return JSON.parse(await cluster.kubectl(['-n', namespace, 'get', 'pod', name, '-o', 'json'])).status;
}

/** Whether all its containers have ended. */
export const hasEnded = ({ phase }: PodStatus) => ['Succeeded', 'Failed'].includes(phase);

/** Creates a pod, waits for its end and takes it away. */
export async function runPod(cluster: Cluster, pod: { readonly metadata: { readonly name: string } }): Promise<PodRun> {
  const { name } = pod.metadata;
  return withObject(cluster, pod, async () => {
    let status = await statusOf(cluster, name);
    const ends = async () => {
      status = await statusOf(cluster, name);
      return hasEnded(status);
    };
    if (!(await becomesTrue(ends, endsWithinMs)))
      throw new Error(`the pod ${name} did not end: ${JSON.stringify(status)}`);
    // The kubelet takes the log of a pod that it evicts.
    const printed = await reportsOf(cluster, name).catch(() => ({ reports: [], stdout: '', stderr: '' }));
    return { ...printed, status };
  });
}

/** What `keep` has printed until now. */
export async function reportsOf(cluster: Cluster, name: string) {
  const text = await cluster.kubectl(['logs', name, '-c', 'keep']);
  const reports: Report[] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const written = (stream: string) => reports.map((report) => report[stream] ?? '').join('');
  return { reports, stdout: written('stdout'), stderr: written('stderr') };
}

/** Prints what a proof saw, beside what it expects. */
export function saw(what: string): void {
  process.stderr.write(`${expect.getState().currentTestName}: ${what}\n`);
}
