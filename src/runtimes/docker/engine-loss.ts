import { isLocal } from './engine-address.ts';
import { type ContainerProcesses, findProcesses } from './find-processes.ts';

/** What could be seen of a container in the moment in which its engine was lost. */
export interface EngineLoss {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The container had ended by then. */
  readonly hadEnded: boolean;
}

export async function lookAtLoss(host: string, containerId: string): Promise<EngineLoss> {
  return lossOf(isLocal(host) ? await findProcesses(containerId) : undefined);
}

/** @param seen just now; undefined: nothing can be seen from here */
export function lossOf(seen: ContainerProcesses | undefined): EngineLoss {
  return { at: Date.now(), hadEnded: seen?.seesEngine === true && seen.inside.length === 0 };
}

/**
 * An engine that is killed before it has saved a container's end takes it, when it is back, for one that has ended just
 * then, with code 0 or 255. So an end that the engine dates after the loss is none, when it had come before.
 */
export function isInvented({ at, hadEnded }: EngineLoss, finishedAt: string | null | undefined): boolean {
  return hadEnded && finishedAt != null && Date.parse(finishedAt) > at;
}
