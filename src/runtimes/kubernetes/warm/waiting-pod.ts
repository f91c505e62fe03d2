import type { Duplex } from 'node:stream';
import type { Poolable } from '../../warm/warm-pool.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { ApiPlace } from '../api/api-resource.ts';
import type { PodLines } from '../keep/pod-lines.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import type { PodMaker } from '../pods/create-pod.ts';
import type { Pod } from '../pods/pod-schema.ts';
import type { PodRecipe } from './pod-recipe.ts';

/** A pod whose containers run and wait: for one execution, then it is removed. */
export interface WaitingPod extends Poolable<PodRecipe> {
  readonly pod: Pod;
  readonly address: string;
  /** While it is open, the pod waits. */
  readonly presence: Duplex;
}

export interface WaitingPodParts {
  readonly client: ApiClient;
  readonly place: ApiPlace;
  readonly maker: PodMaker;
  readonly options: PodOptions;
  readonly lines: PodLines;
  readonly startSeconds: number;
}
