import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createWorkspace } from '../../../workspace/create-workspace.ts';
import { removeTree } from '../../../workspace/tree/remove-tree.ts';
import { architectureOfNode } from '../../freestanding/read-program.ts';
import type { SandboxNetworks } from '../../network/sandbox-networks.ts';
import { secretsPath } from '../../secrets/secret-files.ts';
import { createWaiterPipe } from '../../warm/waiter-pipe.ts';
import { layOutWaiter, openWaiterPipe } from '../../warm/waiter-place.ts';
import type { WarmRecipe } from '../../warm/warm-recipe.ts';
import { groupLimits } from '../cgroup/group-limits.ts';
import { openContainer } from '../container/container.ts';
import { movableFiles } from '../container/container-files.ts';
import { endContainer, removeTraces } from '../container/end-container.ts';
import { cgroupOf, containersDir, filesOf, removeContainers, warmPrefix } from '../container/remove-containers.ts';
import { linkNetwork, networkLinkIn } from '../network-link.ts';
import type { OciParts } from '../oci-parts.ts';
import { describeContainer } from '../spec/describe-container.ts';
import { awaitKeeper } from './await-keeper.ts';
import type { WarmContainer } from './warm-container.ts';

export interface MakeOptions {
  /** Holds its workspace. */
  readonly directory: string;
  readonly recipe: WarmRecipe;
  readonly networks: SandboxNetworks;
}

/**
 * Starts a container in which the waiter waits, with a workspace below the directory. What the waiter needed is out of
 * sight by then.
 * @throws ExecError RUNTIME_UNAVAILABLE when it does not get to wait; nothing is left then
 */
export async function makeWarm(
  parts: OciParts,
  { directory, recipe, networks }: MakeOptions,
  signal: AbortSignal,
): Promise<WarmContainer> {
  const { sandbox, step, needs } = recipe;
  const { limits, closed } = parts;
  const workspaceId = randomUUID();
  const workspaceSpec = { baseDir: directory, executionId: workspaceId, volumes: sandbox.volumes };
  const workspace = await createWorkspace({ ...workspaceSpec, controlDirs: [containersDir] });
  const { control, roots } = workspace;
  const belongings: { remove(): Promise<void> }[] = [];
  const keep = <T extends { remove(): Promise<void> }>(made: T): T => {
    belongings.push(made);
    return made;
  };
  const removeBelongings = async () => {
    for (const each of belongings) await each.remove();
    await workspace.remove();
  };

  try {
    const network = needs.network === 'own' ? keep(await networks.prepare(sandbox.deployment, signal)) : undefined;
    if (network !== undefined) await linkNetwork(control, network.path);
    const secrets = needs.secretFiles
      ? keep(await parts.secretFiles.prepare(sandbox.deployment, workspaceId))
      : undefined;
    const [engine, image] = await Promise.all([
      parts.engine(sandbox.confinement),
      parts.unpacked(step.image.id ?? step.image.digest),
    ]);
    const place = await layOutWaiter(workspace, recipe, architectureOfNode[process.arch] ?? process.arch);
    const id = `${warmPrefix}${randomUUID()}`;
    const cgroup = cgroupOf(parts, workspaceId, id);
    const engineRecords = parts.places.engineRecords(id);
    const { entrypoint, command } = place;
    const { config, facts } = await describeContainer({
      step: { ...step.step, env: {}, entrypoint: [...entrypoint], command: [...command] },
      image,
      engine,
      sandbox,
      roots,
      cgroupsPath: cgroup.innerPath,
      networkPath: network && networkLinkIn(control),
      shown: new Map(secrets && [[secretsPath, secrets.shown]]),
      parts,
    });
    const { files, moveTo } = movableFiles(filesOf(control, id).directory);
    await mkdir(files.directory, { mode: 0o700 });
    await writeFile(files.config, config);
    const { cgroupHierarchies } = engine.way;
    if (cgroupHierarchies === undefined) await cgroup.create(sandbox.resources);
    const name = { command: '' };
    const container = openContainer({
      handle: { container: id },
      files,
      cgroup,
      engineRecords,
      engine: engine.way.name,
      get command() {
        return name.command;
      },
      stopSignal: facts.stopSignal,
      launchers: engine.launchers,
      order: {
        directory: files.directory,
        lower: facts.lower,
        layerBytes: facts.layerBytes,
        outputBytes: limits.maxLogBytes,
        limits: cgroupHierarchies === undefined ? undefined : groupLimits(cgroup.path, sandbox.resources),
      },
      isNew: true,
      limits,
      closed,
    });
    signal.throwIfAborted();
    await container.start();
    await awaitKeeper(files, limits.warmStartMs, signal);
    const pipe = createWaiterPipe(await openWaiterPipe(place, limits.warmStartMs, signal));
    await removeTree(place.outside);
    const { Entrypoint, Cmd } = image.config.config;
    return {
      ...pipe,
      id,
      recipe,
      directory: workspace.directory,
      container,
      network,
      secrets,
      imageCommand: { entrypoint: Entrypoint ?? [], command: Cmd ?? [] },
      moveTo: (moved) => moveTo(filesOf(moved, id).directory),
      callIt(known) {
        name.command = known;
      },
      isTrusted: () => !container.hasEnded(),
      async end() {
        await pipe.release();
        await endContainer({ files, cgroup, killWaitMs: limits.killWaitMs });
      },
      async remove() {
        await pipe.release();
        await endContainer({ files, cgroup, killWaitMs: limits.killWaitMs });
        await removeTraces(cgroup, engineRecords);
        await removeBelongings();
      },
    };
  } catch (error) {
    await removeContainers(parts, workspaceId, control);
    await removeBelongings();
    throw error;
  }
}
