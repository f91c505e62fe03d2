import type { Confinement } from '../../wire/plan.ts';
import { neverRoot } from '../never-root.ts';
import type { StepSpec } from '../runtime.ts';
import { type Engine, valueOrThrow } from './connect-engine.ts';
import { imageSchema } from './engine-schemas.ts';

/** Undefined: what the image says. */
export async function defaultUserOf(
  engine: Engine,
  { step, image }: StepSpec,
  { user }: Confinement,
): Promise<string | undefined> {
  if (step.user !== undefined || user !== 'never-root') return undefined;
  const { Config } = await inspectImage(engine, image);
  return neverRoot(Config?.User ?? '');
}

export async function inspectImage(engine: Engine, { id, reference }: StepSpec['image']) {
  const request = { method: 'GET', path: `/images/${id ?? reference}/json` } as const;
  return valueOrThrow(await engine.ask(request, imageSchema), `look into the image ${reference}`);
}
