import { countMemoryKills as countHere } from '../../groups/count-memory-kills.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { isLocal } from '../engine/engine-address.ts';
import { hasEvent, usuallyLateMs } from '../engine/has-event.ts';

/** How long an engine may take to tell of what this machine's kernel did, to this container or another one. */
const longestLateMs = 5000;
/** The same for an engine on another machine, of whose kernel nothing is known. */
const remoteLateMs = 3000;

/** How often the kernel of this machine has killed a process for memory; undefined: the engine is on another one. */
export async function countMemoryKills(host: string): Promise<number | undefined> {
  return isLocal(host) ? countHere() : undefined;
}

/**
 * Whether a container that was killed, and of which its engine does not say it, had no memory left: the engine may learn
 * it later, so its events are awaited for as long as that is likely.
 * @param killsBefore when it was started; undefined: not known
 */
export async function awaitOutOfMemory(
  engine: Engine,
  containerId: string,
  killsBefore: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return hasEvent(engine, containerId, { event: 'oom', lateMs: await lateMsOf(engine, killsBefore) }, signal);
}

async function lateMsOf({ host }: Engine, killsBefore: number | undefined): Promise<number> {
  if (killsBefore === undefined) return remoteLateMs;
  // Where it has not killed, the container may still have had a kernel of its own.
  return (await countMemoryKills(host)) === killsBefore ? usuallyLateMs : longestLateMs;
}
