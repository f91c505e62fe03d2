import { type Engine, valueOrThrow } from './connect-engine.ts';
import { isLocal } from './engine-address.ts';
import { changesSchema, containerSchema } from './engine-schemas.ts';
import { type ContainerProcesses, findProcesses } from './find-processes.ts';
import { readMessages } from './read-messages.ts';

export type LostStart = 'started' | 'not started' | 'unknown';

// Where engines put the init process that each of our containers has: its mount point comes with the first start.
const initPaths = new Set(['/sbin/docker-init', '/dev/init', '/run/podman-init']);
// A container that was prepared holds a process of the OCI runtime until it is started.
const preparedOnly = /^\S*(runc|crun|youki)\S* init$/;

/**
 * What became of a start that the engine gave no answer to. An engine that is killed while it starts a container
 * forgets that: to it the container was never started, and if asked it would run it a second time. So only what
 * certainly did not run counts as not started.
 * @param looks what was seen of the container since the engine was lost; undefined: nobody looked
 */
export async function findLostStart(
  engine: Engine,
  id: string,
  { maxMessageBytes, looks }: { readonly maxMessageBytes: number; readonly looks?: readonly ContainerProcesses[] },
): Promise<LostStart> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema);
  if (valueOrThrow(answer, 'inspect a container').State.Status !== 'created') return 'started';
  if (await hasWritten(engine, id, maxMessageBytes)) return 'unknown';
  if (!(await wasPrepared(engine, id))) return 'not started';
  if (!isLocal(engine.host)) return 'unknown';
  const now = await findProcesses(id);
  if (![...(looks ?? []), now].every(runsNothing)) return 'unknown';
  // A shim without a process: what it held would have gone with it, had it run and ended while the engine was away.
  return now.inside.length > 0 || (looks !== undefined && now.shims.length > 0) ? 'not started' : 'unknown';
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
