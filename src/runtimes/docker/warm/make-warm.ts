import { randomUUID } from 'node:crypto';
import type { Owners } from '../../../support/processes/owners.ts';
import { createWorkspace, type Workspace } from '../../../workspace/create-workspace.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import type { PreparedNetwork, SandboxNetworks } from '../../network/sandbox-networks.ts';
import type { SecretFiles, WaitingSecrets } from '../../secrets/secret-files.ts';
import { createWaiterPipe } from '../../warm/waiter-pipe.ts';
import { layOutWaiter, openWaiterPipe, type WaiterPlace } from '../../warm/waiter-place.ts';
import type { WarmRecipe } from '../../warm/warm-recipe.ts';
import { containerBody } from '../container/container-body.ts';
import { removeContainersOf, removeWhole } from '../container/remove-container.ts';
import { bindMounts, hostsMount, writeHostsFile } from '../data/bind-transfer.ts';
import { secretsMount } from '../data/mount-secrets.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { createdSchema } from '../engine/engine-schemas.ts';
import type { ContainerUsers } from '../images/container-users.ts';
import { inspectImage } from '../images/inspect-image.ts';
import { labels } from '../labels.ts';
import { makerLabel } from '../maker-label.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { openWarmContainer, type WarmContainer } from './warm-container.ts';

export interface WarmContext {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly groups: UsageGroups;
  readonly users: ContainerUsers;
  readonly owners: Owners;
  readonly networks: SandboxNetworks;
  readonly secretFiles: SecretFiles;
}

/**
 * A container in which the waiter waits, with a workspace below the directory. What the waiter needed is out of sight by then.
 * @throws ExecError RUNTIME_UNAVAILABLE when it does not get to wait; nothing is left then
 */
export async function makeWarm(
  context: WarmContext,
  { directory, recipe }: { readonly directory: string; readonly recipe: WarmRecipe },
  signal: AbortSignal,
): Promise<WarmContainer> {
  const { engine, groups } = context;
  const sandboxId = randomUUID();
  const { needs } = recipe;
  const { volumes, deployment } = recipe.sandbox;
  let network: PreparedNetwork | undefined;
  let secrets: WaitingSecrets | undefined;
  const workspace = await createWorkspace({ baseDir: directory, executionId: sandboxId, volumes });
  try {
    await writeHostsFile(workspace);
    if (needs.network === 'own') network = await context.networks.prepare(deployment, signal);
    if (needs.secretFiles) secrets = await context.secretFiles.prepare(deployment, sandboxId);
    const place = await layOutWaiter(workspace, recipe, (await engine.facts()).architecture);
    const lossesBefore = engine.losses();
    const group = await groups.next({ deployment, sandboxId });
    const [image, json] = await Promise.all([
      inspectImage(engine, recipe.step.image),
      bodyOf(context, { workspace, place, recipe, sandboxId, network, secrets, group: group?.name }),
    ]);
    signal.throwIfAborted();
    const created = await engine.ask({ method: 'POST', path: '/containers/create', json }, createdSchema);
    const { Id: id } = valueOrThrow(created, 'create a container that waits');
    const started = await engine.tell({ method: 'POST', path: `/containers/${id}/start` });
    valueOrThrow(started, 'start a container that waits');
    const pipe = createWaiterPipe(await openWaiterPipe(place, context.limits.warmStartMs, signal));
    await removeTree(place.outside);
    const { Entrypoint, Cmd } = image.Config ?? {};
    const imageCommand = { entrypoint: Entrypoint ?? [], command: Cmd ?? [] };
    return openWarmContainer({
      ...context,
      id,
      sandboxId,
      group: group?.path,
      recipe,
      network,
      secrets,
      workspace,
      imageCommand,
      pipe,
      lossesBefore,
    });
  } catch (error) {
    await retryWhileEngineDown(engine, context.limits, signal, () =>
      removeContainersOf(engine, sandboxId, removeWhole),
    );
    await groups.remove({ deployment, sandboxId });
    await network?.remove();
    await secrets?.remove();
    await workspace.remove();
    throw error;
  }
}

interface BodyParts {
  readonly workspace: Workspace;
  readonly place: WaiterPlace;
  readonly recipe: WarmRecipe;
  readonly sandboxId: string;
  readonly network: PreparedNetwork | undefined;
  readonly secrets: WaitingSecrets | undefined;
  readonly group: string | undefined;
}

async function bodyOf({ engine, limits, users, owners }: WarmContext, parts: BodyParts) {
  const { workspace, place, recipe, sandboxId, network, secrets, group } = parts;
  const { sandbox, step } = recipe;
  const { entrypoint, command } = place;
  const waiting = { ...step.step, env: {}, entrypoint: [...entrypoint], command: [...command] };
  const marks = {
    [labels.deployment]: sandbox.deployment,
    [labels.sandbox]: sandboxId,
    [labels.role]: 'warm',
    ...(await makerLabel(owners)),
  };
  return containerBody({
    sandbox,
    step: { step: waiting, image: step.image },
    ids: await users.idsOf(step, sandbox.confinement, marks),
    mounts: [
      ...bindMounts(workspace, sandbox.volumes),
      ...(secrets === undefined ? [] : [secretsMount(secrets.shown)]),
    ],
    hostsFile: hostsMount(workspace),
    networkMode: network === undefined ? 'none' : `container:${network.id}`,
    group,
    labels: marks,
    facts: await engine.facts(),
    limits,
  });
}
