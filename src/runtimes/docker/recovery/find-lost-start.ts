import { delay } from '../../../support/time/deadline.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { isLocal } from '../engine/engine-address.ts';
import { changesSchema, containerSchema } from '../engine/engine-schemas.ts';
import { isLogFault } from '../logs/log-fault.ts';
import { readMessages } from '../logs/read-messages.ts';
import { findEngineStart } from './engine-start.ts';
import type { ContainerProcesses } from './find-processes.ts';
import { observeStart, type StartObservation } from './observe-start.ts';

/** `dropped`: the container never ran, and the engine may be unable to start it. */
export type LostStart = 'started' | 'not started' | 'dropped' | 'unknown';

// Paths of the init process of our containers. The engine creates its mount point at the first start.
const initPaths = new Set(['/sbin/docker-init', '/dev/init', '/run/podman-init']);
// Until it is started, a prepared container holds a process of the OCI runtime only.
const preparedOnly = /^\S*(runc|crun|youki)\S* init$/;
/** Time to wait for an OCI runtime that still works on a container after its engine was killed. */
const settleMs = 3000;
const pauseMs = 100;

/**
 * Finds out whether a container started when the Docker Engine did not respond to the start. An engine that is killed
 * during a start forgets it: it reports the container as never started and would run it a second time. So a container
 * counts as not started only when it certainly did not run.
 * @param looks observations of the container since the engine was lost; undefined: none were made
 */
export async function findLostStart(
  engine: Engine,
  id: string,
  { maxMessageBytes, looks }: { readonly maxMessageBytes: number; readonly looks?: readonly StartObservation[] },
): Promise<LostStart> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema);
  const { State, Created } = valueOrThrow(answer, 'inspect a container');
  if (State.Status !== 'created') return 'started';
  const engineStart = await findEngineStart(engine.host);
  const isSameEngine = engineStart !== undefined && Created != null && engineStart < Date.parse(Created);
  // The same engine process still knows whether it is starting the container and does not start it twice.
  if (looks === undefined && isSameEngine) return 'not started';
  if (await hasWritten(engine, id, maxMessageBytes)) return 'unknown';
  if (!(await wasPrepared(engine, id))) return 'not started';
  if (!isLocal(engine.host)) return 'unknown';
  return classifyObservations(looks ?? [], await lookWhenSettled(id), engineStart);
}

/**
 * Decides from observations whether a prepared container started.
 * @param looks made since the engine was lost, oldest first; may be empty
 * @param now made after the engine came back
 * @param engineStart start of the current engine process, in epoch milliseconds; undefined: unknown
 */
export function classifyObservations(
  looks: readonly StartObservation[],
  now: StartObservation,
  engineStart: number | undefined,
): Exclude<LostStart, 'started'> {
  const wasSeen = looks.length > 0;
  if ([...looks, now].some((look) => !runsNothing(look) || look.task === 'begun')) return 'unknown';
  // Without an earlier observation and a start time, the same engine process may still be starting the container.
  if (now.inside.length > 0) return wasSeen || engineStart !== undefined ? 'dropped' : 'not started';
  // A shim without a process: had the container run and ended while the engine was down, the shim would be gone too.
  if (now.shims.length > 0) return wasSeen || (engineStart !== undefined && isAtRest(now)) ? 'dropped' : 'unknown';
  const away = looks.filter(({ at }) => engineStart !== undefined && at < engineStart);
  const [first] = away;
  const last = away.at(-1);
  if (first === undefined || last === undefined || !now.seesEngine) return 'unknown';
  // An engine removes a shim only when it comes back or creating the container failed. So it was never created.
  if (first.inside.length + first.shims.length === 0) return first.others.length === 0 ? 'dropped' : 'unknown';
  return isAtRest(last) ? 'dropped' : 'unknown';
}

/** The task was never started, and no other process works on the container. */
function isAtRest({ task, others }: StartObservation): boolean {
  return ['none', 'waits'].includes(task) && others.length === 0;
}

async function lookWhenSettled(id: string): Promise<StartObservation> {
  const end = performance.now() + settleMs;
  for (;;) {
    const look = await observeStart(id);
    if (look.others.length === 0 || performance.now() > end) return look;
    await delay(pauseMs);
  }
}

function runsNothing({ inside }: ContainerProcesses): boolean {
  return inside.every(({ command }) => preparedOnly.test(command));
}

async function hasWritten(engine: Engine, id: string, maxMessageBytes: number): Promise<boolean> {
  const query = { follow: false, tail: 1, maxMessageBytes, signal: new AbortController().signal };
  try {
    for await (const messages of readMessages(engine, id, query)) if (messages.length > 0) return true;
    return false;
  } catch (error) {
    // What cannot be read was written.
    if (!isLogFault(error)) throw error;
    return true;
  }
}

async function wasPrepared(engine: Engine, id: string): Promise<boolean> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/changes` }, changesSchema);
  return (valueOrThrow(answer, 'tell what changed in a container') ?? []).some(({ Path }) => initPaths.has(Path));
}
