import { delay } from '../../../support/time/deadline.ts';
import type { SandboxSpec, StepSpec } from '../../runtime.ts';
import type { ConnectedKeep } from '../keep/pod-line.ts';
import type { PodLines } from '../keep/pod-lines.ts';
import type { PodMaker } from '../pods/create-pod.ts';
import { isScheduled, isUnschedulable, type Pod } from '../pods/pod-schema.ts';
import type { KnownPod } from '../pods/watch-pods.ts';
import type { RuntimeClasses } from '../runtime-classes.ts';
import { identityOf } from '../shape/pod-names.ts';
import type { WaitingPods } from './waiting-pods.ts';

/** The pod of an execution. */
export interface PodInUse {
  readonly pod: Pod;
  /** Of a pod that waited. */
  readonly connected?: ConnectedKeep;
}

export interface PodAssigner {
  /** A pod that waits, or one that is made for the execution. */
  assign(spec: SandboxSpec, steps: readonly StepSpec[], signal: AbortSignal): Promise<PodInUse>;
  /** A pod for the execution that no node takes gets the room of pods that wait, one after the other. */
  makeRoomOnNodes(pod: Pod, deployment: string): Promise<void>;
}

export interface PodAssignerParts {
  readonly waiting: WaitingPods;
  readonly maker: PodMaker;
  readonly lines: PodLines;
  readonly classes: RuntimeClasses;
  /** Aborted when the runtime is closed. */
  readonly closed: AbortSignal;
}

/** The scheduler needs a moment to find the room of a pod that was deleted. */
const roomMs = 2_000;

export function createPodAssigner({ waiting, maker, lines, classes, closed }: PodAssignerParts): PodAssigner {
  return {
    async assign(spec, steps, signal) {
      const runtimeClass = await classes.classOf(spec, signal);
      const claimed = await waiting.take(spec, { sandbox: spec, steps, runtimeClass }, signal);
      if (claimed !== undefined) return claimed;
      const { deployment } = spec;
      const request = { identity: identityOf(spec), spec, steps, runtimeClass };
      const pod = await maker.create(request, signal, () => waiting.makeRoom(deployment, closed));
      return { pod };
    },

    async makeRoomOnNodes({ metadata: { name } }, deployment) {
      const watch = lines.watchOf(deployment);
      const lacksNode = (known: KnownPod): boolean | undefined => {
        if (known.kind === 'gone' || isScheduled(known.pod)) return false;
        return isUnschedulable(known.pod) ? true : undefined;
      };
      while ((await watch.until(name, lacksNode, closed)) && (await waiting.makeRoom(deployment, closed)))
        await delay(roomMs, closed);
    },
  };
}
