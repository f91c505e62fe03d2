import { describe, expect, test } from 'vitest';
import { awaitWithSignal } from '../../../support/abort/await-with-signal.ts';
import { toExecError } from '../../../support/exec-error.ts';
import { reasonToWait } from '../../runtime-away.ts';
import { podSchema } from '../pods/pod-schema.ts';
import type { KnownPod } from '../pods/watch-pods.ts';
import { type StepPlace, unlessVanished } from './until-vanished.ts';

const closed = new AbortController().signal;
const eviction = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
};

/** A pod being evicted whose step has ended; undefined: the step runs. */
function podOf(exitCode: number | undefined): KnownPod {
  const state = exitCode === undefined ? { running: {} } : { terminated: { exitCode } };
  return {
    kind: 'pod',
    pod: podSchema.parse({
      metadata: { name: 'x-e-1', uid: 'u', deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [eviction], containerStatuses: [{ name: 'step-0', state }] },
    }),
  };
}

function placeOf(known: KnownPod, { wasReady = false, hasEnded = false, isHeld = false } = {}): StepPlace {
  return {
    watch: {
      until: async (_, read, signal) => read(known) ?? awaitWithSignal(new Promise(() => undefined), signal),
    },
    podName: 'x-e-1',
    step: 'step-0',
    state: async () => ({
      ...{ name: 'step-0', isOrdered: true, isStarted: true, droppedBytes: 0, changedAt: 0, isEnding: true },
      ...{ wasReady, hasEnded, isHeld },
    }),
    reportMs: 0,
  };
}

const unanswered = (signal: AbortSignal) => awaitWithSignal(new Promise<string>(() => undefined), signal);

describe('unlessVanished', () => {
  test('a container that ended before it was ready fails the start, and the execution may begin anew', async () => {
    const error = toExecError(
      await unlessVanished(placeOf(podOf(0)), closed, unanswered).catch((reason: unknown) => reason),
    );
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: 'The pod x-e-1 was lost: Eviction API: evicting.',
    });
    expect(reasonToWait(error)).toBe('runtime away');
  });

  test('a container whose end the kubelet does not report yet, because the pod is being deleted, fails the start', async () => {
    const place = placeOf(podOf(undefined));
    const error = toExecError(await unlessVanished(place, closed, unanswered).catch((reason: unknown) => reason));
    expect(error).toMatchObject({ message: 'The pod x-e-1 was lost: Eviction API: evicting.' });
    expect(reasonToWait(error)).toBe('runtime away');
  });

  test('a container that was ready may have executed the command, so the execution does not begin anew', async () => {
    const place = placeOf(podOf(0), { wasReady: true });
    const error = toExecError(await unlessVanished(place, closed, unanswered).catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    expect(reasonToWait(error)).toBe(undefined);
  });

  test('a step whose end keep has is reported by keep', async () => {
    let answer: (text: string) => void = () => undefined;
    const answered = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const begun = unlessVanished(placeOf(podOf(0), { hasEnded: true }), closed, () => answered);
    // Longer than the time that keep is given.
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer('begun');
    expect(await begun).toBe('begun');
  });

  test('a start is answered while its container runs, and interrupted by the signal', async () => {
    const running = placeOf(podOf(undefined), { isHeld: true });
    expect(await unlessVanished(running, closed, async () => 'begun')).toBe('begun');
    const controller = new AbortController();
    const begun = unlessVanished(running, controller.signal, unanswered);
    // Long enough for some looks.
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort(new Error('closed'));
    await expect(begun).rejects.toThrow('closed');
  });
});
