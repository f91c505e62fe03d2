import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { isLocal } from '../engine/engine-address.ts';
import { containerListSchema, containerSchema } from '../engine/engine-schemas.ts';
import { labelFilter, labels } from '../labels.ts';
import { endForgotten } from '../recovery/end-forgotten.ts';

/** Removes a container in any state, with its anonymous volumes. Succeeds when it does not exist. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const answer = await engine.tell({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true } });
  if (answer.ok || answer.status === 404) return;
  // 409: someone else is removing it; that has to be over before its directories can go.
  if (answer.status !== 409) valueOrThrow(answer, 'remove a container');
  const gone = await engine.tell({ method: 'POST', path: `/containers/${id}/wait`, query: { condition: 'removed' } });
  if (!gone.ok && gone.status !== 404) valueOrThrow(gone, 'remove a container');
}

/** The same for one whose engine may have been lost meanwhile, and have forgotten what runs of it. */
export async function removeWhole(engine: Engine, id: string): Promise<void> {
  const isHere = isLocal(engine.host);
  // Once the engine has removed it nobody else finds what runs of it, should this agent be killed in between.
  if (isHere && (await isNeverStarted(engine, id))) await endForgotten(id);
  await removeContainer(engine, id);
  if (isHere) await endForgotten(id);
}

/** As far as the engine knows. */
async function isNeverStarted(engine: Engine, id: string): Promise<boolean> {
  const answer = await engine.ask({ method: 'GET', path: `/containers/${id}/json` }, containerSchema);
  return answer.ok && answer.value.State.Status === 'created';
}

/**
 * Removes the containers of a sandbox. They are asked of the engine, not remembered: one may exist whose creation we never
 * heard the end of.
 */
export async function removeContainersOf(
  engine: Engine,
  sandboxId: string,
  remove: (engine: Engine, id: string) => Promise<void>,
): Promise<void> {
  const query = { all: true, filters: labelFilter(labels.sandbox, sandboxId) };
  const answer = await engine.ask({ method: 'GET', path: '/containers/json', query }, containerListSchema);
  await Promise.all(valueOrThrow(answer, 'list its containers').map(({ Id }) => remove(engine, Id)));
}

/** Removes a named volume that no container uses. */
export async function removeVolume(engine: Engine, name: string): Promise<void> {
  const answer = await engine.tell({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}` });
  if (!answer.ok && answer.status !== 404) valueOrThrow(answer, 'remove a volume');
}
