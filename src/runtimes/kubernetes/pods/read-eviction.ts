import { z } from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import { events } from '../api/api-resource.ts';

const schema = z.object({ items: z.array(z.object({ message: z.string().optional() })) });

/**
 * Why the kubelet evicted a pod, by the events of the cluster: the status does not always have it.
 * @returns undefined also where the account may not list events
 */
export async function readEviction(
  client: ApiClient,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const fieldSelector = `involvedObject.name=${name},involvedObject.uid=${uid},reason=Evicted`;
  try {
    const { items } = await client.list({ resource: events, namespace }, { fieldSelector, limit: 1 }, schema, signal);
    return items[0]?.message;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
