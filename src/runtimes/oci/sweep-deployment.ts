import { join } from 'node:path';
import { listWorkspaces } from '../../workspace/create-workspace.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import type { IsKnown, Swept } from '../runtime.ts';
import { sweepSecrets } from '../secrets/sweep-secrets.ts';
import { abandonedWarmDirectories } from '../warm/warm-directory.ts';
import { removeContainers } from './container/remove-containers.ts';
import type { OciParts } from './oci-parts.ts';

/** Removes what a deployment left of executions that nobody knows: containers in every state, and workspaces. */
export async function sweepDeployment(
  parts: OciParts,
  deployment: string,
  isKnown: IsKnown,
): Promise<readonly Swept[]> {
  const workspaces = parts.places.workspaces(deployment);
  const swept: Swept[] = [];
  // One after the other, so that a sweep never gets in the way of what runs.
  for (const executionId of await listWorkspaces(workspaces)) {
    if (await isKnown(executionId)) continue;
    const directory = join(workspaces, executionId);
    const containers = await removeContainers(parts, executionId, join(directory, 'control'));
    await removeTree(directory);
    swept.push({ executionId, what: containers > 0 ? 'container' : 'workspace' });
  }
  for (const directory of await abandonedWarmDirectories(parts.places.warm, deployment, parts.owners)) {
    for (const executionId of await listWorkspaces(directory))
      await removeContainers(parts, executionId, join(directory, executionId, 'control'));
    await removeTree(directory);
  }
  await parts.owners.tidy();
  await sweepSecrets(parts.secretFiles, deployment, isKnown);
  return swept;
}
