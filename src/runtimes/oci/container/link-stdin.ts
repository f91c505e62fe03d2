import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import type { Step, Volume } from '../../../wire/plan/plan.ts';
import { part, sentence } from '../../../wire/sentence.ts';
import { resolveInVolumes, type WorkspaceRoots } from '../../../workspace/resolve-in-volumes.ts';
import { writesStreams } from '../../streams/open-streams.ts';

/**
 * Whether the streams of a step are opened inside of its container: a launcher opens only what no container can have
 * changed, and only for reading.
 */
export function opensStreamsInside(step: Step, volumes: readonly Volume[]): boolean {
  if (writesStreams(step)) return true;
  return step.stdin !== undefined && volumeOf(step.stdin, volumes)?.access === 'read-write';
}

function volumeOf(path: string, volumes: readonly Volume[]): Volume | undefined {
  const above = volumes.filter((volume) => path.startsWith(`${volume.path.replace(/\/$/, '')}/`));
  return above.toSorted((a, b) => b.path.length - a.path.length)[0];
}

export interface StdinPlaces {
  readonly volumes: readonly Volume[];
  readonly roots: WorkspaceRoots;
}

/**
 * Gives a staged file a name beside the container's other files, where its launcher finds it.
 * @param path in the container; in a read-only volume, so that no container has put a link there
 * @throws ExecError START_FAILED when there is no such file
 */
export async function linkStdin(path: string, to: string, { volumes, roots }: StdinPlaces): Promise<void> {
  const readOnly = volumes.filter(({ access }) => access === 'read-only').map((volume) => volume.path);
  const place = resolveInVolumes(new Map([...roots].filter(([volume]) => readOnly.includes(volume))), path);
  if (place === undefined) throw noStdin(path, 'it is in no read-only directory of the execution');
  try {
    await link(join(place.root, place.relative), to);
  } catch (error) {
    throw noStdin(path, messageOf(error));
  }
}

function noStdin(path: string, reason: string): ExecError {
  return new ExecError(
    'START_FAILED',
    sentence`The standard input ${path} could not be opened: ${reason}. Check ${part('stdin')}.`,
  );
}
