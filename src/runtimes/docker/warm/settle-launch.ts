import { settlesWithin } from '../../../support/time/deadline.ts';
import { wasLaunched } from '../../warm/launch-mark.ts';
import { waitForEnd } from '../container/read-exit.ts';
import { neverRan } from '../container/start-container.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';

export interface LaunchOptions {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly id: string;
  readonly control: string;
}

// A container whose agent has vanished ends by itself. An agent that only seems to have vanished may still hold it.
const endsByItselfMs = 3000;

/**
 * For a container that an agent which vanished was about to launch: resolves when its command was begun.
 * @throws ExecError RUNTIME_UNAVAILABLE when it was not, which is final then
 */
export async function settleLaunch({ engine, limits, id, control }: LaunchOptions): Promise<void> {
  const isEnded = new AbortController();
  const ended = retryWhileEngineDown(engine, limits, isEnded.signal, () => waitForEnd(engine, id, isEnded.signal));
  try {
    if (await wasLaunched(control)) return;
    if (!(await settlesWithin(ended, endsByItselfMs)) && !(await wasLaunched(control))) {
      const answer = await engine.tell({ method: 'POST', path: `/containers/${id}/kill` });
      if (!answer.ok && ![404, 409].includes(answer.status)) valueOrThrow(answer, 'end a container');
      await ended;
    }
    if (await wasLaunched(control)) return;
    throw neverRan();
  } finally {
    isEnded.abort();
    await Promise.allSettled([ended]);
  }
}
