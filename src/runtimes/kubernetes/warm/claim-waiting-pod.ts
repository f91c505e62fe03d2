import { z } from 'zod';
import { ExecError } from '../../../support/exec-error.ts';
import { stepStateSchema } from '../../../wire/pod/pod.ts';
import type { SandboxSpec } from '../../runtime.ts';
import { createKeepClient } from '../keep/keep-client.ts';
import type { ConnectedKeep } from '../keep/pod-line.ts';
import type { PodLines } from '../keep/pod-lines.ts';
import { type Pod, podSchema } from '../pods/pod-schema.ts';
import { givenTo } from '../shape/pod-names.ts';
import type { WaitingPod, WaitingPodParts } from './waiting-pod.ts';

/** A pod that belongs to its execution as if it had been made for it. */
export interface ClaimedPod {
  readonly pod: Pod;
  readonly connected: ConnectedKeep;
}

interface ClaimParts extends Pick<WaitingPodParts, 'client' | 'place'> {
  readonly lines: Pick<PodLines, 'keyOf' | 'openStreamOf'>;
}

/** Longer than both calls take; a new pod is made in its place then. */
const claimMs = 10_000;

/**
 * Gives a pod that waits to an execution. First the API server has it, so that a sweep finds the pod by its execution from then
 * on and nobody deletes it as one that waits; then its keep, which serves no other execution any more.
 * @throws ExecError or ApiError when it cannot be had; the signal's reason
 */
export async function claimWaitingPod(
  { client, place, lines }: ClaimParts,
  { pod: { metadata }, address, presence }: Pick<WaitingPod, 'pod' | 'address' | 'presence'>,
  { executionId, fence }: Pick<SandboxSpec, 'executionId' | 'fence'>,
  signal: AbortSignal,
): Promise<ClaimedPod> {
  const { name, uid } = metadata;
  const both = AbortSignal.any([signal, AbortSignal.timeout(claimMs)]);
  // The uid is a precondition.
  const pod = await client.patch(place, name, { metadata: { uid, ...givenTo(executionId) } }, podSchema, both);
  if (pod.metadata.deletionTimestamp !== undefined)
    throw new ExecError('RUNTIME_UNAVAILABLE', `The pod ${name} is being deleted.`);
  const claim = { execution: executionId, fence };
  const keep = createKeepClient({
    address,
    pod: name,
    key: lines.keyOf(name),
    openStream: lines.openStreamOf(name),
    claim,
  });
  try {
    await keep.ask({ method: 'GET', path: '/steps', schema: z.array(stepStateSchema), signal: both });
  } catch (error) {
    keep.close();
    throw error;
  }
  presence.destroy();
  return { pod, connected: { address, keep } };
}
