import { type FoundPart, findSystemParts } from '../../agent/system-parts/find-system-parts.ts';
import type { SystemPart } from '../../agent/system-parts/system-parts.ts';

/** What an agent is to be able to do with the operating system's parts. */
export interface Wanted {
  /** Start a Redis of its own. */
  readonly privateRedis: boolean;
  /** Run containers without a Docker Engine. */
  readonly oci: boolean;
  /** Pull images without a Docker Engine. */
  readonly ociImages: boolean;
}

// Either of them runs containers.
const ociEngines: readonly string[] = ['crun', 'runc'];

/** Of the system's parts, those that are missing for what is wanted. */
export function missingParts(found: readonly FoundPart[], wanted: Wanted): readonly SystemPart[] {
  const names = new Set([
    ...(wanted.privateRedis ? ['redis-server'] : []),
    ...(wanted.oci ? [...ociEngines, 'tini', 'seccomp-profile', 'util-linux'] : []),
    ...(wanted.ociImages ? ['skopeo', 'umoci'] : []),
  ]);
  const isHere = (name: string) => found.some(({ part, path }) => part.name === name && path !== undefined);
  if (ociEngines.some(isHere)) for (const engine of ociEngines) names.delete(engine);
  return found.filter(({ part, path }) => path === undefined && names.has(part.name)).map(({ part }) => part);
}

/** {@link missingParts} on this machine. */
export async function findMissingParts(
  wanted: Wanted,
  options: { readonly searchPath: string; readonly signal: AbortSignal },
): Promise<readonly SystemPart[]> {
  return missingParts(await findSystemParts(options), wanted);
}
