import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown, waitForEngine } from '../engine/await-engine.ts';
import type { Answer, Engine } from '../engine/connect-engine.ts';
import { isLocal } from '../engine/engine-address.ts';
import { wasNeverSent } from '../engine/explain-connection-error.ts';
import { explainRefusal } from '../engine/explain-refusal.ts';
import { type EngineLoss, lossOf } from '../recovery/engine-loss.ts';
import { findLostStart, type LostStart } from '../recovery/find-lost-start.ts';
import { observeStart, type StartObservation } from '../recovery/observe-start.ts';

export interface StartOptions {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly id: string;
  readonly image: string;
}

const never = new AbortController().signal;

/**
 * Starts a container that was never started. An engine that is lost meanwhile is asked what became of it once it is back.
 * @returns what was seen when the engine was lost, if it was
 * @throws ExecError START_FAILED; RUNTIME_UNAVAILABLE, marked when the container may have run
 */
export async function startOnce(options: StartOptions): Promise<EngineLoss | undefined> {
  const { engine, limits, id, image } = options;
  let answer: Answer<undefined>;
  try {
    answer = await engine.tell({ method: 'POST', path: `/containers/${id}/start` });
  } catch (error) {
    if (wasNeverSent(error)) throw error;
    const { loss, looks } = await lookUntil(options, () => waitForEngine(engine, limits, never, error));
    if ((await foundOrThrow(options, looks)) === 'started') return loss;
    throw neverRan(error);
  }
  if (!answer.ok && answer.status !== 304) throw explainRefusal(answer, image);
  return undefined;
}

/** Starts a container unless an agent that vanished has; otherwise the same. */
export async function startAgain(options: StartOptions): Promise<EngineLoss | undefined> {
  const found = await foundOrThrow(options);
  if (found === 'dropped') throw neverRan();
  return found === 'not started' ? startOnce(options) : undefined;
}

interface Looks {
  readonly loss: EngineLoss;
  readonly looks: readonly StartObservation[];
}

/** What could be seen of the container meanwhile, where the engine is on this machine. */
async function lookUntil({ engine, limits, id }: StartOptions, back: () => Promise<void>): Promise<Looks> {
  const isHere = isLocal(engine.host);
  const looks = isHere ? [await observeStart(id)] : [];
  const loss = lossOf(looks[0]);
  let isBack = false;
  const look = async () => {
    while (!isBack) {
      await delay(limits.retryPauseMs);
      looks.push(await observeStart(id));
    }
  };
  const looked = isHere ? look() : Promise.resolve();
  try {
    await back();
  } catch (failure) {
    throw maybeRan(failure);
  } finally {
    isBack = true;
    await looked;
  }
  return { loss, looks };
}

async function foundOrThrow(
  { engine, limits, id }: StartOptions,
  looks?: readonly StartObservation[],
): Promise<Exclude<LostStart, 'unknown'>> {
  const evidence = { maxMessageBytes: limits.logMessageBytes, ...(looks && { looks }) };
  const find = () => findLostStart(engine, id, evidence);
  const found = await retryWhileEngineDown(engine, limits, never, find).catch((failure: unknown) => {
    throw maybeRan(failure);
  });
  if (found === 'unknown') throw maybeRan(new Error('it does not know whether the container has run'));
  return found;
}

function maybeRan(cause: unknown): ExecError {
  const context: AwayFacts = { runtimeAway: true, mayHaveRun: true };
  const text = `The Docker Engine was lost while it started the container, and what became of that cannot be found out: ${messageOf(cause)}. The command may have run. Send the request again if it may run twice.`;
  return new ExecError('RUNTIME_UNAVAILABLE', text, { context: { ...context }, cause });
}

/** The execution may begin anew. */
export function neverRan(cause?: unknown): ExecError {
  const context: AwayFacts = { runtimeAway: true };
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    'The Docker Engine or the container was lost before the command had begun. Nothing of it ran; send the request again.',
    { context: { ...context }, cause },
  );
}
