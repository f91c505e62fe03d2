import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, link, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import { createWorkspace, type Workspace } from '../../../workspace/create-workspace.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import { architectures, knownArchitecture, readProgram } from '../../freestanding/read-program.ts';
import { containerBody } from '../container/container-body.ts';
import { removeContainersOf, removeWhole } from '../container/remove-container.ts';
import { bindMounts, hostsMount, writeHostsFile } from '../data/bind-transfer.ts';
import type { DockerLimits } from '../docker-options.ts';
import { retryWhileEngineDown } from '../engine/await-engine.ts';
import { type Engine, valueOrThrow } from '../engine/connect-engine.ts';
import { createdSchema } from '../engine/engine-schemas.ts';
import type { ContainerUsers } from '../images/container-users.ts';
import { inspectImage } from '../images/inspect-image.ts';
import { labels } from '../labels.ts';
import { makerLabel } from '../maker-label.ts';
import type { UsageGroups } from '../usage/usage-groups.ts';
import { launchMark } from './launch-mark.ts';
import { openWarmContainer, type WarmContainer } from './warm-container.ts';
import type { WarmRecipe } from './warm-recipe.ts';

export interface WarmContext {
  readonly engine: Engine;
  readonly limits: DockerLimits;
  readonly groups: UsageGroups;
  readonly users: ContainerUsers;
}

const pipeName = 'commands';
const markName = 'mark';
const programName = 'start';
const everyone = 0o777;
const pollMs = 5;

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
  const { volumes, deployment } = recipe.sandbox;
  const workspace = await createWorkspace({ baseDir: directory, executionId: sandboxId, volumes });
  try {
    await writeHostsFile(workspace);
    const place = await layOut(engine, workspace, recipe);
    const lossesBefore = engine.losses();
    const group = await groups.next({ deployment, sandboxId });
    const [image, json] = await Promise.all([
      inspectImage(engine, recipe.step.image),
      bodyOf(context, { workspace, place, recipe, sandboxId, group: group?.name }),
    ]);
    signal.throwIfAborted();
    const created = await engine.ask({ method: 'POST', path: '/containers/create', json }, createdSchema);
    const { Id: id } = valueOrThrow(created, 'create a container that waits');
    const started = await engine.tell({ method: 'POST', path: `/containers/${id}/start` });
    valueOrThrow(started, 'start a container that waits');
    const pipe = await openPipe(join(place.outside, pipeName), context, signal);
    await removeTree(place.outside);
    const { Entrypoint, Cmd } = image.Config ?? {};
    const imageCommand = { entrypoint: Entrypoint ?? [], command: Cmd ?? [] };
    return openWarmContainer({
      ...context,
      id,
      sandboxId,
      group: group?.path,
      recipe,
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
    await workspace.remove();
    throw error;
  }
}

interface Place {
  readonly outside: string;
  readonly inside: string;
}

/** The waiter's files, in a volume that it may write to: they are gone before anything else runs in there. */
async function layOut(engine: Engine, { roots, control }: Workspace, { sandbox }: WarmRecipe): Promise<Place> {
  const { architecture } = await engine.facts();
  const known = knownArchitecture(architecture);
  const volume = sandbox.volumes.find(({ access }) => access === 'read-write')?.path ?? '';
  const root = roots.get(volume);
  if (known === undefined || root === undefined)
    throw new ExecError(
      'RUNTIME_UNAVAILABLE',
      `Containers can be kept ready on ${architectures.join(' and ')} only; the engine is on ${architecture}.`,
    );
  const name = `.exec-agent-${randomUUID().slice(0, 8)}`;
  const outside = join(root, name);
  await mkdir(outside);
  await writeFile(join(outside, programName), await readProgram('runtimes/docker/warm/waiter/waiter', known));
  await writeFile(join(outside, markName), '');
  // The user of the container may be anyone, and the umask may have taken bits away.
  for (const each of ['', programName, markName]) await chmod(join(outside, each), everyone);
  await link(join(outside, markName), launchMark(control));
  return { outside, inside: join(volume, name) };
}

interface BodyParts {
  readonly workspace: Workspace;
  readonly place: Place;
  readonly recipe: WarmRecipe;
  readonly sandboxId: string;
  readonly group: string | undefined;
}

async function bodyOf({ engine, limits, users }: WarmContext, parts: BodyParts) {
  const { workspace, place, recipe, sandboxId, group } = parts;
  const { sandbox, step } = recipe;
  const command = [join(place.inside, pipeName), join(place.inside, markName)];
  const waiting = { ...step.step, env: {}, entrypoint: [join(place.inside, programName)], command };
  const marks = {
    [labels.deployment]: sandbox.deployment,
    [labels.sandbox]: sandboxId,
    [labels.role]: 'warm',
    ...(await makerLabel()),
  };
  return containerBody({
    sandbox,
    step: { step: waiting, image: step.image },
    ids: await users.idsOf(step, sandbox.confinement, marks),
    mounts: bindMounts(workspace, sandbox.volumes),
    hostsFile: hostsMount(workspace),
    networkMode: 'none',
    group,
    labels: marks,
    facts: await engine.facts(),
    limits,
  });
}

/** Opened when the waiter reads: before that there is no pipe, or nobody at its other end. */
async function openPipe(path: string, { limits }: WarmContext, signal: AbortSignal): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const end = performance.now() + limits.warmStartMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await open(path, flags);
    } catch (error) {
      if (!['ENOENT', 'ENXIO'].includes(errnoOf(error) ?? '')) throw error;
    }
    if (performance.now() > end)
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `A container that was to wait for its command did not within ${limits.warmStartMs} ms: programs in its volumes cannot be run, or pipes do not lead there.`,
      );
    await delay(pollMs);
  }
}
