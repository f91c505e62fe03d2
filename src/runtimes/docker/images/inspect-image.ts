import type { StepSpec } from '../../runtime.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { imageSchema } from '../engine/engine-schemas.ts';

export async function inspectImage(engine: Engine, { id, reference }: StepSpec['image']) {
  const request = { method: 'GET', path: `/images/${id ?? reference}/json` } as const;
  return valueOrThrow(await engine.ask(request, imageSchema), `look into the image ${reference}`);
}
