import { setTimeout as delay } from 'node:timers/promises';
import type { DockerLimits } from '../docker-options.ts';
import { isConnectionLost } from './explain-connection-error.ts';

/** As much of an engine as waiting for it takes. */
export interface AwaitedEngine {
  facts(options: { readonly refresh: boolean; readonly signal: AbortSignal }): Promise<unknown>;
}

type AwayLimits = Pick<DockerLimits, 'engineAwayMs' | 'retryPauseMs'>;

/**
 * Retries a call while the Docker Engine is unreachable, as during its restart. Containers keep running through one, so
 * a call about a container must not fail because of it.
 * @throws the error of the last attempt, once the engine has been unreachable for `engineAwayMs`
 */
export async function retryWhileEngineDown<T>(
  engine: AwaitedEngine,
  limits: AwayLimits,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await waitForEngine(engine, limits, signal, error);
    }
  }
}

/**
 * Waits until the Docker Engine responds again after a lost connection.
 * @throws the given error when it has another cause or the engine stays unreachable; the signal's reason
 */
export async function waitForEngine(
  engine: AwaitedEngine,
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
