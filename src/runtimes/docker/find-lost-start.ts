import { delay } from '../../support/deadline.ts';
import { type Engine, valueOrThrow } from './connect-engine.ts';
import { isLocal } from './engine-address.ts';
import { changesSchema, containerSchema } from './engine-schemas.ts';
import { findEngineStart } from './engine-start.ts';
import type { ContainerProcesses } from './find-processes.ts';
import { lookAtStart, type StartLook } from './look-at-start.ts';
import { readMessages } from './read-messages.ts';

/** `dropped`: it never ran, and its engine may not be able to start it any more. */
export type LostStart = 'started' | 'not started' | 'dropped' | 'unknown';

// Where engines put the init process that each of our containers has: its mount point comes with the first start.
const initPaths = new Set(['/sbin/docker-init', '/dev/init', '/run/podman-init']);
// A container that was prepared holds a process of the OCI runtime until it is started.
const preparedOnly = /^\S*(runc|crun|youki)\S* init$/;
/** How long an OCI runtime may be at a container that its engine has forgotten. */
const settleMs = 3000;
const pauseMs = 100;

/**
 * What became of a start that the engine gave no answer to. An engine that is killed while it starts a container
 * forgets that: to it the container was never started, and if asked it would run it a second time. So only what
 * certainly did not run counts as not started.
 * @param looks what was seen of the container since the engine was lost; undefined: nobody looked
 */
export async function findLostStart(
  engine: Engine,
  id: string,
  { maxMessageBytes, looks }: { readonly maxMessageBytes: number; readonly looks?: readonly StartLook[] },
): Promise<LostStart> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema);
  const { State, Created } = valueOrThrow(answer, 'inspect a container');
  if (State.Status !== 'created') return 'started';
  const engineStart = await findEngineStart(engine.host);
  const isSameEngine = engineStart !== undefined && Created != null && engineStart < Date.parse(Created);
  // It knows whether it is about to start the container, and does not do so twice.
  if (looks === undefined && isSameEngine) return 'not started';
  if (await hasWritten(engine, id, maxMessageBytes)) return 'unknown';
  if (!(await wasPrepared(engine, id))) return 'not started';
  if (!isLocal(engine.host)) return 'unknown';
  return judgeLooks(looks ?? [], await lookWhenSettled(id), engineStart);
}

/**
 * For a container that was prepared.
 * @param looks since the engine was lost, oldest first; none: nobody was there
 * @param now with the engine back
 * @param engineStart when the engine began that is back, in epoch milliseconds; undefined: not known
 */
export function judgeLooks(
  looks: readonly StartLook[],
  now: StartLook,
  engineStart: number | undefined,
): Exclude<LostStart, 'started'> {
  const wasSeen = looks.length > 0;
  if ([...looks, now].some((look) => !runsNothing(look) || look.task === 'begun')) return 'unknown';
  // As far as is known its engine may still be at it.
  if (now.inside.length > 0) return wasSeen || engineStart !== undefined ? 'dropped' : 'not started';
  // A shim without a process: what it held would have gone with it, had it run and ended while the engine was away.
  if (now.shims.length > 0) return wasSeen || (engineStart !== undefined && isAtRest(now)) ? 'dropped' : 'unknown';
  const away = looks.filter(({ at }) => engineStart !== undefined && at < engineStart);
  const [first] = away;
  const last = away.at(-1);
  if (first === undefined || last === undefined || !now.seesEngine) return 'unknown';
  // Engines take a shim away when they come back, or when the container could not even be made. So it was never made.
  if (first.inside.length + first.shims.length === 0) return first.others.length === 0 ? 'dropped' : 'unknown';
  return isAtRest(last) ? 'dropped' : 'unknown';
}

/** Made or not, it was never begun, and nobody does anything to it. */
function isAtRest({ task, others }: StartLook): boolean {
  return ['none', 'waits'].includes(task) && others.length === 0;
}

async function lookWhenSettled(id: string): Promise<StartLook> {
  const end = performance.now() + settleMs;
  for (;;) {
    const look = await lookAtStart(id);
    if (look.others.length === 0 || performance.now() > end) return look;
    await delay(pauseMs);
  }
}

function runsNothing({ inside }: ContainerProcesses): boolean {
  return inside.every(({ command }) => preparedOnly.test(command));
}

async function hasWritten(engine: Engine, id: string, maxMessageBytes: number): Promise<boolean> {
  const query = { follow: false, tail: 1, maxMessageBytes, signal: new AbortController().signal };
  for await (const messages of readMessages(engine, id, query)) if (messages.length > 0) return true;
  return false;
}

async function wasPrepared(engine: Engine, id: string): Promise<boolean> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/changes` }, changesSchema);
  return (valueOrThrow(answer, 'tell what changed in a container') ?? []).some(({ Path }) => initPaths.has(Path));
}
