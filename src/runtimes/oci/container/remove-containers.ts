import { rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from '../../../support/files/names-in.ts';
import { type Cgroup, createCgroup } from '../cgroup/cgroup.ts';
import type { OciParts } from '../oci-parts.ts';
import { type ContainerFiles, containerFiles } from './container-files.ts';
import { endContainer, removeTraces } from './end-container.ts';

/** @param control the workspace's directory for our own files */
export function filesOf(control: string, containerId: string): ContainerFiles {
  return containerFiles(join(containersIn(control), containerId));
}

/** The name of the directory of all containers among our own files. */
export const containersDir = 'containers';

export function containersIn(control: string): string {
  return join(control, containersDir);
}

/** Begins the id of a container that was made before its execution was known. */
export const warmPrefix = 'warm-';

export function cgroupOf({ layout }: Pick<OciParts, 'layout'>, executionId: string, containerId: string): Cgroup {
  return createCgroup(layout, containerId.startsWith(warmPrefix) ? containerId : `${executionId}.${containerId}`);
}

/**
 * Ends every container of a sandbox and removes what of it lies outside of its workspace.
 * @param isOver whether a container is known to have no process any more, by its id
 * @returns how many there were
 */
export async function removeContainers(
  parts: OciParts,
  executionId: string,
  control: string,
  isOver: (containerId: string) => boolean = () => false,
): Promise<number> {
  const all = containersIn(control);
  const ids = await namesIn(all);
  await Promise.all(
    ids.map(async (id) => {
      const cgroup = cgroupOf(parts, executionId, id);
      const { killWaitMs } = parts.limits;
      if (!isOver(id)) await endContainer({ files: filesOf(control, id), cgroup, killWaitMs });
      await removeTraces(cgroup, parts.places.engineRecords(id));
    }),
  );
  // What is in there is ours alone, so nothing hostile has to be reckoned with.
  try {
    await Promise.all(ids.map((id) => removeWithFiles(join(all, id))));
    await rmdir(all);
  } catch {
    await rm(all, { recursive: true, force: true });
  }
  return ids.length;
}

/** Nearly always there is nothing else, and what is known to be a file need not be examined. */
async function removeWithFiles(directory: string): Promise<void> {
  const names = await namesIn(directory);
  await Promise.all(names.map((name) => unlink(join(directory, name))));
  await rmdir(directory);
}
