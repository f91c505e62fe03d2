import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { AwayFacts } from '../runtime-away.ts';
import { engineIsBack, throughEngineAbsence } from './await-engine.ts';
import type { Answer, Engine } from './connect-engine.ts';
import type { DockerLimits } from './docker-options.ts';
import { wasNeverSent } from './explain-connection-error.ts';
import { explainRefusal } from './explain-refusal.ts';
import { findLostStart, type LostStart } from './find-lost-start.ts';

export interface StartOptions {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly id: string;
  readonly image: string;
}

const never = new AbortController().signal;

/**
 * Starts a container that was never started. An engine that is lost meanwhile is asked what became of it once it is back.
 * @throws ExecError START_FAILED; RUNTIME_UNAVAILABLE, marked when the container may have run
 */
export async function startOnce(options: StartOptions): Promise<void> {
  const { engine, limits, id, image } = options;
  let answer: Answer<undefined>;
  try {
    answer = await engine.tell({ method: 'POST', path: `/containers/${id}/start` });
  } catch (error) {
    if (wasNeverSent(error)) throw error;
    await engineIsBack(engine, limits, never, error).catch((failure: unknown) => {
      throw maybeRan(failure);
    });
    if ((await foundOrThrow(options)) === 'started') return;
    throw neverRan(error);
  }
  if (!answer.ok && answer.status !== 304) throw explainRefusal(answer, image);
}

/** Starts a container unless an agent that vanished has; otherwise the same. */
export async function startAgain(options: StartOptions): Promise<void> {
  if ((await foundOrThrow(options)) === 'not started') await startOnce(options);
}

async function foundOrThrow({ engine, limits, id }: StartOptions): Promise<Exclude<LostStart, 'unknown'>> {
  const find = () => findLostStart(engine, id, limits.logMessageBytes);
  const found = await throughEngineAbsence(engine, limits, never, find).catch((failure: unknown) => {
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

function neverRan(cause: unknown): ExecError {
  const context: AwayFacts = { runtimeAway: true };
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    'The Docker Engine was lost before it had started the container. Nothing of it ran; send the request again.',
    { context: { ...context }, cause },
  );
}
