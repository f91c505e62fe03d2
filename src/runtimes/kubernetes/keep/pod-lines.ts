import { derivePodKey } from '../../../support/net/pod-key.ts';
import { type Claim, podPort } from '../../../wire/pod/pod.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { ApiPlace } from '../api/api-resource.ts';
import { forwardPort } from '../api/forward/forward-port.ts';
import type { OpenPodStream } from '../connections/pod-agent.ts';
import type { KubernetesOptions } from '../kubernetes-options.ts';
import type { Pod } from '../pods/pod-schema.ts';
import { readEviction } from '../pods/read-eviction.ts';
import { type PodWatch, watchPods } from '../pods/watch-pods.ts';
import type { SandboxHandle } from '../sandbox-handle.ts';
import { deploymentSelector, stepName } from '../shape/pod-names.ts';
import { type ConnectedKeep, openPodLine, type PodLine } from './pod-line.ts';

/** The ways to the pods of a namespace. */
export interface PodLines {
  keyOf(pod: string): Buffer;
  /** Where pods are not connected to by their address. */
  openStreamOf(pod: string): OpenPodStream | undefined;
  /** One for all pods of a deployment, which runs from then on. */
  watchOf(deployment: string): PodWatch;
  open(pod: Pod, spec: LineSpec): PodLine;
  /** To the pod of an execution. */
  openFor(handle: SandboxHandle, pod: Pod, fence: number, connected?: ConnectedKeep): PodLine;
  /** How many pods no node takes. */
  unschedulable(): number;
  /** Ends the watches. */
  close(): void;
}

export interface LineSpec {
  readonly deployment: string;
  readonly claim: Claim;
  /** The images of the steps, in order. */
  readonly references: readonly string[];
  readonly connected?: ConnectedKeep | undefined;
}

export function createPodLines(client: ApiClient, place: ApiPlace, options: KubernetesOptions): PodLines {
  const { logger, startSeconds, awayMs } = options;
  const { namespace } = options.pods;
  const watches = new Map<string, PodWatch>();

  const keyOf = (pod: string) => derivePodKey(options.fleetKey, pod);

  const openStreamOf = (pod: string): OpenPodStream | undefined =>
    options.reach === 'port-forward'
      ? (signal) => forwardPort(client, place, { pod, port: podPort }, signal)
      : undefined;

  const watchOf = (deployment: string): PodWatch => {
    const labelSelector = deploymentSelector(deployment);
    const found =
      watches.get(labelSelector) ??
      watchPods({
        client,
        place,
        labelSelector,
        onTrouble: (error) => logger.warn({ err: error }, 'the watch of the pods was interrupted'),
      });
    watches.set(labelSelector, found);
    return found;
  };

  const open = (pod: Pod, { deployment, claim, references, connected }: LineSpec): PodLine => {
    const { name, uid } = pod.metadata;
    const watch = watchOf(deployment);
    watch.add(pod);
    return openPodLine({
      openStream: openStreamOf(name),
      pod: name,
      key: keyOf(name),
      claim,
      watch,
      references: new Map(references.map((reference, index) => [stepName(index), reference])),
      connected,
      startSeconds,
      awayMs,
      readEviction: (signal) => readEviction(client, { namespace, name, uid }, signal),
    });
  };

  return {
    keyOf,
    openStreamOf,
    watchOf,
    open,

    openFor({ deployment, executionId: execution, steps }, pod, fence, connected) {
      const references = steps.map(({ reference }) => reference);
      return open(pod, { deployment, claim: { execution, fence }, references, connected });
    },

    unschedulable: () => [...watches.values()].reduce((sum, watch) => sum + watch.unschedulable(), 0),

    close() {
      for (const watch of watches.values()) watch.close();
    },
  };
}
