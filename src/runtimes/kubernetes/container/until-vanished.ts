import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { StepState } from '../../../wire/pod/pod.ts';
import { podLost } from '../pods/explain-pod.ts';
import { type Pod, stateOf } from '../pods/pod-schema.ts';
import type { PodWatch } from '../pods/watch-pods.ts';

export interface StepPlace {
  readonly watch: Pick<PodWatch, 'until'>;
  readonly podName: string;
  readonly step: string;
  /** What keep knows of the step. */
  readonly state: (signal: AbortSignal) => Promise<StepState>;
  /** How long keep is given to report the end of a container that has ended. */
  readonly reportMs?: number;
}

/** An end that hold reported reaches keep before the kubelet sees that of the container. */
const defaultReportMs = 3_000;

/**
 * Resolves where the container of a step has ended and hold could not report it; rejects with the signal's reason.
 * @returns its exit code; undefined: the pod is being deleted, and the kubelet reports no code until the last container has ended
 */
export async function untilVanished(
  place: StepPlace,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number | undefined; readonly pod: Pod; readonly wasReady: boolean }> {
  const { watch, podName, step, state, reportMs = defaultReportMs } = place;
  for (;;) {
    const { exitCode, pod } = await watch.until(
      podName,
      (known) => {
        if (known.kind !== 'pod') return undefined;
        const terminated = stateOf(known.pod, step)?.terminated;
        if (terminated === undefined && known.pod.metadata.deletionTimestamp === undefined) return undefined;
        return { exitCode: terminated?.exitCode, pod: known.pod };
      },
      signal,
    );
    await delay(reportMs, signal);
    const { hasEnded, wasReady } = await state(signal);
    if (hasEnded) await awaitWithSignal(new Promise(() => undefined), signal);
    if (exitCode !== undefined || (await isAbandoned(place, signal))) return { exitCode, pod, wasReady };
  }
}

/** A connection that broke is made again at once; so two looks that find none mean that there is no hold. */
async function isAbandoned({ state, reportMs = defaultReportMs }: StepPlace, signal: AbortSignal): Promise<boolean> {
  const first = await state(signal);
  if (first.isHeld || first.hasEnded) return false;
  await delay(reportMs, signal);
  const { isHeld, hasEnded } = await state(signal);
  return !isHeld && !hasEnded;
}

/**
 * Starts a command, whose container may end first: an eviction just then leaves no hold that could report anything.
 * @throws ExecError RUNTIME_UNAVAILABLE then; the execution may begin anew where the container was not ready for the command
 */
export async function unlessVanished<T>(
  place: StepPlace,
  closed: AbortSignal,
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const settled = new AbortController();
  const signal = AbortSignal.any([closed, settled.signal]);
  const vanished = untilVanished(place, signal).then(({ pod, wasReady }): never => {
    throw podLost(place.podName, pod, wasReady);
  });
  expectRejection(vanished);
  try {
    return await Promise.race([start(signal), vanished]);
  } finally {
    settled.abort(new Error('the start is not waited for any more'));
  }
}
