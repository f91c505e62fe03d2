import { join } from 'node:path';
import { canAccess } from '../../../support/files/can-access.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { watchUnpacking } from '../../registries/bound-unpacking.ts';
import type { DockerLimits } from '../docker-options.ts';
import type { Engine } from '../engine/connect-engine.ts';
import { findEngineProcess } from '../usage/find-engine-process.ts';
import type { PullShare } from './concurrent-pulls.ts';

// Where `du` is when nothing else is set.
const systemPath = '/usr/local/bin:/usr/bin:/bin';

export interface ExtractionBounds {
  /** For messages. */
  readonly reference: string;
  readonly limits: Pick<DockerLimits, 'pullBytes' | 'imageEntries' | 'unpackCheckMs'>;
  readonly searchPath: string;
  readonly share: PullShare;
  readonly signal: AbortSignal;
}

/**
 * Pulls, and aborts that as soon as the layers that the engine has begun to unpack meanwhile are larger than an image may be.
 * While several pulls unpack, the engine does not report whose layer is whose: together they may take as much as all of them
 * may. An engine whose layers cannot be seen from here is not watched.
 * @throws ExecError IMAGE_PULL_FAILED naming the setting
 */
export async function boundExtraction<T>(
  engine: Engine,
  bounds: ExtractionBounds,
  pull: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const directory = await findLayers(engine);
  return directory === undefined ? pull(bounds.signal) : watchLayers(directory, bounds, pull);
}

/** @param directory where the engine makes a directory for each layer, and for each container */
export async function watchLayers<T>(
  directory: string,
  { reference, limits, searchPath, share, signal }: ExtractionBounds,
  pull: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const before = new Set(await namesIn(directory));
  const counted = async () => {
    if (share.images() === 0) return [];
    const names = (await namesIn(directory)).filter((name) => !before.has(name) && !share.isOthers(name));
    const layers = await Promise.all(names.map(async (name) => ((await isMounted(directory, name)) ? [] : [name])));
    return layers.flat().map((name) => join(directory, name));
  };
  const most = { bytes: limits.pullBytes, entries: limits.imageEntries };
  const environment = { PATH: `${searchPath}:${systemPath}` };
  const checkMs = limits.unpackCheckMs;
  const images = () => Math.max(1, share.images());
  return watchUnpacking(
    { directory, counted, images, reference, most, checkMs, environment, mayBeUnknown: true, signal },
    pull,
  );
}

/** Undefined: they are on another host, or not where engines with this storage driver have them. */
async function findLayers(engine: Engine): Promise<string | undefined> {
  const { layersDir } = await engine.facts();
  const pid = layersDir === undefined ? undefined : await findEngineProcess(engine.host);
  if (layersDir === undefined || pid === undefined) return undefined;
  const directory = `/proc/${pid}/root${layersDir}`;
  return (await canAccess(directory)) ? directory : undefined;
}

/** Then it belongs to a container, which has a bound of its own. */
function isMounted(directory: string, name: string): Promise<boolean> {
  return canAccess(join(directory, name, 'merged'));
}
