import type { Engine } from './connect-engine.ts';

/** How long an engine may take to tell of something after the end. */
export const usuallyLateMs = 1000;
/** An engine whose clock is behind ours would go on telling for longer than was asked. */
const longestBehindMs = 2000;
const epoch = 1;

export interface AwaitedEvent {
  /**
   * `oom`: the kernel killed one of its processes for its memory. That news and the news of the end come to the engine by
   * two ways; when the end is the first, the container's state never says what it was. `die`: it has ended; an end that an
   * engine makes up when it starts is no such event.
   */
  readonly event: 'oom' | 'die';
  /** How long it may still come. */
  readonly lateMs: number;
}

/** Whether the engine, as it runs now, has recorded that event of a container. */
export async function hasEvent(
  engine: Engine,
  containerId: string,
  { event, lateMs }: AwaitedEvent,
  signal: AbortSignal,
): Promise<boolean> {
  const until = (Date.now() + lateMs) / 1000;
  const filters = JSON.stringify({ type: ['container'], event: [event], container: [containerId] });
  const stop = AbortSignal.any([signal, AbortSignal.timeout(lateMs + longestBehindMs)]);
  const query = { since: epoch, until, filters };
  const answer = await engine.stream({ method: 'GET', path: '/events', query, signal: stop });
  // One that keeps no events has not recorded it.
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
