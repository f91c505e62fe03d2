import { isLocal } from '../engine/engine-address.ts';
import { type ContainerProcesses, findProcesses } from './find-processes.ts';

/** What could be seen of a container in the moment in which its engine was lost. */
export interface EngineLoss {
  /** Epoch milliseconds. */
  readonly at: number;
  /** It had ended by then, or still ran. */
  readonly container: 'ended' | 'running' | 'not seen';
}

export async function observeLoss(host: string, containerId: string): Promise<EngineLoss> {
  return lossOf(isLocal(host) ? await findProcesses(containerId) : undefined);
}

/** @param seen just now; undefined: nothing can be seen from here */
export function lossOf(seen: ContainerProcesses | undefined): EngineLoss {
  const at = Date.now();
  if (seen !== undefined && seen.inside.length > 0) return { at, container: 'running' };
  return { at, container: seen?.seesEngine === true ? 'ended' : 'not seen' };
}
