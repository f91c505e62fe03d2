import { randomUUID } from 'node:crypto';
import { expectRejection } from '../../../support/abort/await-with-signal.ts';
import { ExecError } from '../../../support/exec-error.ts';
import { withRetries } from '../../../support/time/with-retries.ts';
import { podPort, waitProtocol } from '../../../wire/pod/pod.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import { dialPod } from '../connections/dial-pod.ts';
import { podLost, troubleOf } from '../pods/explain-pod.ts';
import { isUnschedulable, type Pod, stateOf } from '../pods/pod-schema.ts';
import type { KnownPod } from '../pods/watch-pods.ts';
import { stepName, waitingIdentityOf } from '../shape/pod-names.ts';
import type { PodRecipe } from './pod-recipe.ts';
import type { WaitingPod, WaitingPodParts } from './waiting-pod.ts';

/** Without its agent for so long, a pod that waits ends. */
const waitSeconds = 30;
/** Keep listens a moment after its container runs. */
const dialRetries = { attempts: 60, backoffMs: 50, backoffMaxMs: 500 };

/**
 * Creates a pod that has no execution, and waits until all its containers run.
 * @throws ExecError when it does not come up; it is deleted then. The signal's reason
 */
export async function makeWaitingPod(
  parts: WaitingPodParts & { readonly noteRemoval: () => void },
  recipe: PodRecipe,
  ending: AbortSignal,
): Promise<WaitingPod> {
  const { maker, lines, startSeconds } = parts;
  const { sandbox, steps, runtimeClass } = recipe;
  const late = AbortSignal.timeout(startSeconds * 1000);
  const signal = AbortSignal.any([ending, late]);
  const identity = waitingIdentityOf(`w-${randomUUID()}`, sandbox.deployment);
  const pod = await maker.create({ identity, spec: sandbox, steps, runtimeClass, waitSeconds }, signal);
  const { name } = pod.metadata;
  const watch = lines.watchOf(sandbox.deployment);
  watch.add(pod);
  const remove = async () => {
    watch.forget(name);
    parts.noteRemoval();
    await removeWaitingPod(parts, pod);
  };
  try {
    const address = await waitUntilUp(parts, { pod, recipe }, signal);
    const end = {
      host: address,
      port: podPort,
      pod: name,
      key: lines.keyOf(name),
      openStream: lines.openStreamOf(name),
    };
    const presence = await withRetries({ ...dialRetries, signal, mayPass: () => true }, () =>
      dialPod(end, '/wait', waitProtocol, signal),
    );
    presence.resume();
    return {
      recipe,
      pod,
      address,
      presence,
      isTrusted: () => !presence.destroyed && !presence.readableEnded && isKept(watch.current(name)),
      async remove() {
        presence.destroy();
        await remove();
      },
    };
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
}

/** The object goes at once: there is nothing in it to wait for. */
async function removeWaitingPod({ client, place }: WaitingPodParts, { metadata }: Pod): Promise<void> {
  const { name, uid } = metadata;
  await client.delete(place, name, { uid, graceSeconds: 0 }, AbortSignal.timeout(removeMs));
}

const removeMs = 10_000;

/** @returns the address of the pod */
async function waitUntilUp(
  { lines }: WaitingPodParts,
  { pod, recipe }: { readonly pod: Pod; readonly recipe: PodRecipe },
  signal: AbortSignal,
): Promise<string> {
  const { name } = pod.metadata;
  const watch = lines.watchOf(recipe.sandbox.deployment);
  const references = new Map(recipe.steps.map(({ image }, index) => [stepName(index), image.reference]));
  const line = lines.open(pod, {
    deployment: recipe.sandbox.deployment,
    claim: { execution: name, fence: 0 },
    references: recipe.steps.map(({ image }) => image.reference),
  });
  const settled = new AbortController();
  const both = AbortSignal.any([signal, settled.signal]);
  const up = watch.until(
    name,
    (known) => {
      if (known.kind === 'gone') throw podLost(name, undefined, false);
      const trouble = troubleOf(known.pod, references) ?? (isUnschedulable(known.pod) ? noNode(name) : undefined);
      if (trouble !== undefined) throw trouble;
      const isUp = [...references.keys()].every((step) => stateOf(known.pod, step)?.running !== undefined);
      return isUp ? known.pod.status?.podIP : undefined;
    },
    both,
  );
  expectRejection(up);
  try {
    // It reads the pod now and then, because the watch may have missed a change.
    await Promise.race([line.ready(both), up]);
    return await up;
  } finally {
    settled.abort(new Error('it is not waited for any more'));
    line.close();
  }
}

function noNode(pod: string): ExecError {
  const context: AwayFacts = { runtimeFull: true };
  return new ExecError('RUNTIME_UNAVAILABLE', `No node takes the pod ${pod}, which is made ahead of its execution.`, {
    context: { ...context, pod },
  });
}

function isKept(known: KnownPod | undefined): boolean {
  return known?.kind === 'pod' && known.pod.metadata.deletionTimestamp === undefined;
}
