import type { Clock } from '../../support/time/clock.ts';
import { delay } from '../../support/time/deadline.ts';
import type { IsKnown, Swept } from '../runtime.ts';
import type { ApiClient } from './api/api-client.ts';
import { ApiError } from './api/api-error.ts';
import type { ApiPlace } from './api/api-resource.ts';
import { explainApiError } from './api/explain-api-error.ts';
import { listAll } from './api/watch/list-all.ts';
import { hasEnded, type Pod, podSchema } from './pods/pod-schema.ts';
import { deploymentSelector, podLabels } from './shape/pod-names.ts';

export interface SweepOptions {
  readonly client: ApiClient;
  readonly place: ApiPlace;
  readonly deployment: string;
  readonly isKnown: IsKnown;
  /** How long a pod may take to be scheduled and started. */
  readonly startSeconds: number;
  readonly remove: (name: string, uid: string) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const pageItems = 500;
const lookMs = 200;
/** A pod whose node is away stays; it is deleted all the same. */
const longestLooks = 75;
/** The clocks of hosts differ. */
const longestStarts = 2;

/**
 * Deletes the pods of the deployment whose execution is unknown, and waits a while until they are gone; and those that were made
 * ahead by an agent that has died.
 */
export async function sweepPods(options: SweepOptions): Promise<readonly Swept[]> {
  const { client, place, deployment, isKnown, remove, signal } = options;
  const labelSelector = deploymentSelector(deployment);
  const query = { place, query: { labelSelector }, schema: podSchema, pageItems, signal };
  const { items } = await listAll(client, query).catch((error: unknown) => {
    throw explainApiError(error, client.access);
  });
  const swept: Swept[] = [];
  const unknown: Pod[] = [];
  for (const pod of items) {
    const executionId = pod.metadata.labels?.[podLabels.execution];
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (executionId === undefined) {
      if (isAbandoned(pod, options) && (await removeUnchanged(pod, options))) swept.push({ what: 'container' });
      continue;
    }
    if (await isKnown(executionId)) continue;
    swept.push({ executionId, what: 'container' });
    unknown.push(pod);
  }
  await Promise.all(
    unknown.map(async ({ metadata: { name, uid } }) => {
      await remove(name, uid);
      for (let look = 0; look < longestLooks; look += 1) {
        if ((await client.get(place, name, podSchema, signal))?.metadata.uid !== uid) return;
        await delay(lookMs, signal);
      }
    }),
  );
  return swept;
}

/** A pod that waits ends by itself without its agent. One that never came up has nobody who gives up on it. */
function isAbandoned(pod: Pod, { startSeconds, clock }: SweepOptions): boolean {
  const { labels, creationTimestamp = '' } = pod.metadata;
  if (labels?.[podLabels.waiting] === undefined) return false;
  const isPending = pod.status?.phase === undefined || pod.status.phase === 'Pending';
  const ageMs = clock.now() - Date.parse(creationTimestamp);
  return hasEnded(pod) || (isPending && ageMs > longestStarts * startSeconds * 1000);
}

/** False when it was given to an execution meanwhile, or is gone. */
async function removeUnchanged({ metadata }: Pod, { client, place, signal }: SweepOptions): Promise<boolean> {
  const { name, uid, resourceVersion = '' } = metadata;
  try {
    return await client.delete(place, name, { uid, resourceVersion, graceSeconds: 0 }, signal);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'Conflict') return false;
    throw explainApiError(error, client.access);
  }
}
