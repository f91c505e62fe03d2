import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './connect-engine.ts';
import type { DockerLimits } from './docker-options.ts';
import { isConnectionLost } from './explain-connection-error.ts';

type AwayLimits = Pick<DockerLimits, 'engineAwayMs' | 'retryPauseMs'>;

/**
 * Tries again while the engine cannot be reached, as during its restart: containers outlive that, and so do those who
 * follow them.
 * @throws what the attempt threw, once the engine has been away for too long
 */
export async function throughEngineAbsence<T>(
  engine: Engine,
  limits: AwayLimits,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await engineIsBack(engine, limits, signal, error);
    }
  }
}

/**
 * Waits until the engine answers again after an error that means it was lost.
 * @throws the error itself when it means something else or the engine stays away; the signal's reason
 */
export async function engineIsBack(
  engine: Engine,
  { engineAwayMs, retryPauseMs }: AwayLimits,
  signal: AbortSignal,
  error: unknown,
): Promise<void> {
  if (!isConnectionLost(error)) throw error;
  const end = performance.now() + engineAwayMs;
  while (performance.now() < end) {
    await delay(retryPauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    try {
      await engine.facts({ refresh: true, signal });
      return;
    } catch (failure) {
      signal.throwIfAborted();
      if (!isConnectionLost(failure)) throw failure;
    }
  }
  throw error;
}
