import { join } from 'node:path';
import type { z } from 'zod';
import type { Owners } from '../../support/processes/owners.ts';
import { allEnded } from '../../support/time/all-ended.ts';
import { listWorkspaces } from '../../workspace/create-workspace.ts';
import { removeTree } from '../../workspace/tree/remove-tree.ts';
import type { IsKnown, Swept } from '../runtime.ts';
import type { SecretFiles } from '../secrets/secret-files.ts';
import { sweepSecrets } from '../secrets/sweep-secrets.ts';
import { abandonedWarmDirectories } from '../warm/warm-directory.ts';
import { warmRootIn } from '../warm/warm-supply.ts';
import { claimantOf } from './claimed-name.ts';
import { removeVolume, removeWhole } from './container/remove-container.ts';
import { workspacesOf } from './data/transfer.ts';
import { type Engine, valueOrThrow } from './engine/connect-engine.ts';
import { containerListSchema, volumeListSchema } from './engine/engine-schemas.ts';
import { labelFilter, labels } from './labels.ts';
import { isAbandoned } from './maker-label.ts';
import type { UsageGroups } from './usage/usage-groups.ts';

export interface SweepOptions {
  readonly engine: Engine;
  readonly groups: UsageGroups;
  readonly deployment: string;
  /** Whether the execution may have something here. */
  readonly isKnown: IsKnown;
  /** Holds the workspaces. */
  readonly workDir: string;
  readonly secretFiles: SecretFiles;
  readonly owners: Owners;
}

/**
 * Removes what a deployment left of executions that nobody knows: containers in every state, networks,
 * volumes, workspaces, control groups.
 */
export async function sweepDeployment({
  engine,
  groups,
  deployment,
  isKnown,
  workDir,
  secretFiles,
  owners,
}: SweepOptions): Promise<Swept[]> {
  const workspaces = workspacesOf(workDir, deployment);
  const filters = labelFilter(labels.deployment, deployment);

  // Before the containers are: a group is there only while its container is, or somebody removes both.
  const grouped = await groups.find(deployment);
  const containers = await engine.ask(
    { method: 'GET', path: '/containers/json', query: { all: true, filters } },
    containerListSchema,
  );
  const kept = new Set<string | undefined>();
  const swept = await inTurn(valueOrThrow(containers, 'list its containers'), async (container) => {
    const done = await sweepContainer({ engine, owners }, container, isKnown);
    if (done === undefined) kept.add(container.Labels?.[labels.sandbox]);
    return done;
  });

  const volumes = await engine.ask({ method: 'GET', path: '/volumes', query: { filters } }, volumeListSchema);
  const sweptVolumes = await inTurn(
    valueOrThrow(volumes, 'list its volumes').Volumes ?? [],
    async ({ Name, Labels }) => {
      const executionId = Labels?.[labels.execution];
      if (executionId === undefined || (await isKnown(executionId))) return undefined;
      await removeVolume(engine, Name);
      return { executionId, what: 'workspace' };
    },
  );

  const sweptDirectories = await inTurn(await listWorkspaces(workspaces), async (executionId) => {
    if (await isKnown(executionId)) return undefined;
    await removeTree(join(workspaces, executionId));
    return { executionId, what: 'workspace' };
  });
  const abandoned = await abandonedWarmDirectories(warmRootIn(workDir), deployment, owners);
  const sweptWarm = await inTurn(abandoned, async (directory) => {
    await removeTree(directory);
    return { what: 'workspace' };
  });
  await owners.tidy();
  await sweepSecrets(secretFiles, deployment, isKnown);
  const left = [...grouped].filter((sandboxId) => !kept.has(sandboxId));
  // Last, and all of them: one that stays busy keeps nothing else.
  await allEnded(left.map((sandboxId) => groups.remove({ deployment, sandboxId })));
  return [...swept, ...sweptVolumes, ...sweptDirectories, ...sweptWarm];
}

async function sweepContainer(
  { engine, owners }: Pick<SweepOptions, 'engine' | 'owners'>,
  { Id, Names, Labels }: z.infer<typeof containerListSchema>[number],
  isKnown: IsKnown,
): Promise<Swept | undefined> {
  const role = Labels?.[labels.role];
  if (Labels != null && (role === 'network' || role === 'warm')) {
    const claimant = claimantOf(Names ?? []);
    const isWanted = claimant === undefined ? !(await isAbandoned(owners, Labels)) : await isKnown(claimant);
    if (isWanted) return undefined;
    await removeWhole(engine, Id);
    return { executionId: claimant, what: role === 'warm' ? 'container' : 'network' };
  }
  const executionId = Labels?.[labels.execution];
  if (executionId === undefined || (await isKnown(executionId))) return undefined;
  await removeWhole(engine, Id);
  return { executionId, what: 'container' };
}

/** One after the other, so that a sweep never gets in the way of what runs. */
async function inTurn<T>(items: readonly T[], remove: (item: T) => Promise<Swept | undefined>): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const item of items) {
    const done = await remove(item);
    if (done !== undefined) swept.push(done);
  }
  return swept;
}
