import type { Engine } from './connect-engine.ts';

/** How long an engine may take to tell of it after the end. */
const lateMs = 1000;
/** An engine whose clock is behind ours would go on telling until then. */
const longestMs = 3000;
const epoch = 1;

/**
 * Whether the engine was told that the kernel killed a process of the container for its memory. That news and the news of the
 * end come to the engine by two ways; when the end is the first, the container's state never says what it was.
 */
export async function heardOutOfMemory(engine: Engine, containerId: string, signal: AbortSignal): Promise<boolean> {
  const until = (Date.now() + lateMs) / 1000;
  const filters = JSON.stringify({ type: ['container'], event: ['oom'], container: [containerId] });
  const stop = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const query = { since: epoch, until, filters };
  const answer = await engine.stream({ method: 'GET', path: '/events', query, signal: stop });
  // One that keeps no events has not heard of it.
  if (!answer.ok) return false;
  const { body } = answer.value;
  try {
    for await (const some of body) if (some.length > 0) return true;
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    body.destroy();
  }
  signal.throwIfAborted();
  return false;
}
