import type { MeasureUsage } from '../../../workspace/tree/measure-usage.ts';
import type { Container, LayerUsage } from '../../runtime.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { containerSchema } from '../engine/engine-schemas.ts';
import { meterDirectories } from './meter-directories.ts';

export interface LayerContext {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly id: string;
}

/** What Docker calls a volume that nobody named: one that the image declares (VOLUME), which goes with the container. */
const unnamed = /^[0-9a-f]{64}$/;

/**
 * Counts the layer's own directory, and those of volumes that the image declares, where they are on this machine. Elsewhere the engine
 * tells the bytes of the layer; it could list the files as well, but holds that whole list in its memory, which is what too many files
 * are a danger to.
 */
export function createLayerMeter({ engine, limits, id }: LayerContext): NonNullable<Container['layer']> {
  let meter: Promise<MeasureUsage | undefined> | undefined;

  const inspect = async (size: boolean, signal: AbortSignal) => {
    const request = { method: 'GET', path: `/containers/${id}/json`, query: { size }, signal } as const;
    const answer = await retryWhileEngineDown(engine, limits, signal, () => engine.ask(request, containerSchema));
    return valueOrThrow(answer, 'tell the size of a container');
  };

  const findMeter = async (signal: AbortSignal): Promise<MeasureUsage | undefined> => {
    const { GraphDriver, Mounts } = await inspect(false, signal);
    const directory = GraphDriver?.Data?.UpperDir;
    const volumes = (Mounts ?? []).filter(({ Type, Name }) => Type === 'volume' && unnamed.test(Name ?? ''));
    return typeof directory === 'string'
      ? meterDirectories([directory, ...volumes.map(({ Source }) => Source)])
      : undefined;
  };

  return async (bounds: LayerUsage, signal) => {
    meter ??= findMeter(signal).catch((error: unknown) => {
      meter = undefined;
      throw error;
    });
    const measure = await meter;
    if (measure !== undefined) return measure({ ...bounds, depth: Number.POSITIVE_INFINITY }, signal);
    const { SizeRw } = await inspect(true, signal);
    return { bytes: SizeRw ?? 0, files: 0 };
  };
}
