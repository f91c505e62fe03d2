import { z } from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import type { ApiPlace } from '../api/api-resource.ts';
import { podSchema } from '../pods/pod-schema.ts';
import { waitingSelector } from '../shape/pod-names.ts';

const pageItems = 50;
const listSchema = z.object({ items: z.array(podSchema) });

/**
 * Deletes one pod of the deployment that waits for an execution, of any agent, so that a pod which an execution needs has its
 * room. One that is given to an execution meanwhile stays. @returns false when there is none
 */
export async function freeWaitingPod(
  { client, place }: { readonly client: ApiClient; readonly place: ApiPlace },
  deployment: string,
  signal: AbortSignal,
): Promise<boolean> {
  const labelSelector = waitingSelector(deployment);
  const { items } = await client.list(place, { labelSelector, limit: pageItems }, listSchema, signal);
  for (const { metadata } of items) {
    const { name, uid, resourceVersion = '', deletionTimestamp } = metadata;
    if (deletionTimestamp !== undefined) continue;
    try {
      if (await client.delete(place, name, { uid, resourceVersion, graceSeconds: 0 }, signal)) return true;
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'Conflict')) throw error;
    }
  }
  return false;
}
