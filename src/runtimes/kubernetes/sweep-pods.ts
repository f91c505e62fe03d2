import { delay } from '../../support/time/deadline.ts';
import type { IsKnown, Swept } from '../runtime.ts';
import type { ApiClient } from './api/api-client.ts';
import type { ApiPlace } from './api/api-resource.ts';
import { explainApiError } from './api/explain-api-error.ts';
import { listAll } from './api/watch/list-all.ts';
import { type Pod, podSchema } from './pods/pod-schema.ts';
import { deploymentLabel, podLabels } from './shape/pod-names.ts';

export interface SweepOptions {
  readonly client: ApiClient;
  readonly place: ApiPlace;
  readonly deployment: string;
  readonly isKnown: IsKnown;
  readonly remove: (name: string, uid: string) => Promise<void>;
  readonly signal: AbortSignal;
}

const pageItems = 500;
const lookMs = 200;
/** A pod whose node is away stays; it is deleted all the same. */
const longestLooks = 75;

/** Deletes the pods of the deployment whose execution is unknown, and waits a while until they are gone. */
export async function sweepPods(options: SweepOptions): Promise<readonly Swept[]> {
  const { client, place, deployment, isKnown, remove, signal } = options;
  const labelSelector = `${podLabels.deployment}=${deploymentLabel(deployment)}`;
  const query = { place, query: { labelSelector }, schema: podSchema, pageItems, signal };
  const { items } = await listAll(client, query).catch((error: unknown) => {
    throw explainApiError(error, client.access);
  });
  const swept: Swept[] = [];
  const unknown: Pod[] = [];
  for (const pod of items) {
    const executionId = pod.metadata.labels?.[podLabels.execution];
    const isEnding = pod.metadata.deletionTimestamp !== undefined;
    if (isEnding || executionId === undefined || (await isKnown(executionId))) continue;
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
