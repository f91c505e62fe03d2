import { chmod, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecError, errnoOf } from '../support/exec-error.ts';
import { allEnded } from '../support/time/all-ended.ts';
import type { Volume } from '../wire/plan/plan.ts';
import { orHostFault } from './beneath/host-fault.ts';
import { openBeneath } from './beneath/open-beneath.ts';
import { noteFirstFence, refuseLowerFence } from './claim-fence.ts';
import type { WorkspaceRoots } from './resolve-in-volumes.ts';
import { removeTree } from './tree/remove-tree.ts';

export interface WorkspaceSpec {
  /** Where workspaces are made; its path must not be in others' hands. */
  readonly baseDir: string;
  /** A UUID. */
  readonly executionId: string;
  readonly volumes: readonly Pick<Volume, 'path' | 'access'>[];
  /** Names of directories to create in `control`. */
  readonly controlDirs?: readonly string[];
  /** Of the attempt, noted as {@link noteFirstFence} does; absent: nobody else may have it. */
  readonly fence?: number;
  /** Called before what an earlier attempt of that execution left is removed. */
  readonly onEarlier?: () => Promise<void>;
}

/** The directories of one execution on the host. */
export interface Workspace {
  readonly directory: string;
  readonly roots: WorkspaceRoots;
  /** For the driver's own files (logs, exit codes, pipes); no container sees it. */
  readonly control: string;
  /** All of it; safe to repeat. @throws ExecError INTERNAL, also when something is still mounted in it */
  remove(): Promise<void>;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const longestLabel = 40;
const ownerOnly = { mode: 0o700 };

/**
 * Creates the directories, after it removes those of an earlier attempt of the execution.
 * @throws ExecError INTERNAL; AGENT_LOST when an attempt with a higher fence has them
 */
export async function createWorkspace(spec: WorkspaceSpec): Promise<Workspace> {
  const workspace = workspaceOf(spec);
  const { directory } = workspace;
  await orHostFault(makeOwnDirectory(spec, workspace), directory);
  try {
    await orHostFault(makeDirectories(workspace, spec), directory);
    if (spec.fence !== undefined) await orHostFault(noteFirstFence(workspace, spec.fence), directory);
  } catch (error) {
    // An attempt with a higher fence has the directories by now.
    if (!(error instanceof ExecError && error.code === 'AGENT_LOST')) await workspace.remove();
    throw error;
  }
  return workspace;
}

/**
 * Makes directories that were prepared for any execution those of this one, in place of what an earlier attempt left.
 * @param from a directory with the same volumes, made by `createWorkspace`, of which no other agent knows
 * @throws ExecError INTERNAL; AGENT_LOST when an attempt with a higher fence has the workspace
 */
export async function moveWorkspace(
  from: string,
  { fence, onEarlier, ...spec }: WorkspaceSpec & { readonly fence: number },
): Promise<Workspace> {
  const workspace = workspaceOf(spec);
  const { directory } = workspace;
  const move = async () => {
    await noteFirstFence(workspaceIn(from), fence);
    try {
      await rename(from, directory);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOENT') await mkdir(spec.baseDir, { recursive: true, ...ownerOnly });
      else if (code === 'ENOTEMPTY' || code === 'EEXIST') {
        await refuseLowerFence(workspace, fence);
        await onEarlier?.();
        await workspace.remove();
      } else throw error;
      await rename(from, directory);
    }
  };
  await orHostFault(move(), directory);
  return workspace;
}

/** The workspace that {@link createWorkspace} made for the same spec, or undefined when it is gone. Creates nothing. */
export async function openWorkspace(spec: WorkspaceSpec): Promise<Workspace | undefined> {
  const workspace = workspaceOf(spec);
  for (const directory of [workspace.control, ...workspace.roots.values()]) {
    const { handle } = await openBeneath(directory, [], 'directory');
    if (handle === undefined) return undefined;
    await handle.close();
  }
  return workspace;
}

/** The ids of the executions that have a workspace here. */
export async function listWorkspaces(baseDir: string): Promise<string[]> {
  try {
    const entries = await readdir(baseDir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && uuid.test(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function workspaceOf({ baseDir, executionId, volumes }: WorkspaceSpec): Workspace {
  if (!uuid.test(executionId))
    throw new ExecError('INTERNAL', `"${executionId}" is no execution id; a UUID is expected.`);
  const directory = join(baseDir, executionId);
  const { control } = workspaceIn(directory);
  const roots = new Map(
    volumes.map(({ path }, index) => [path, join(directory, 'volumes', `${index}-${labelOf(path)}`)]),
  );
  return { directory, roots, control, remove: () => removeTree(directory) };
}

function workspaceIn(directory: string): Pick<Workspace, 'control'> {
  return { control: join(directory, 'control') };
}

/** The last part of a container path, for people who look at the host; the number in front of it keeps it unique. */
function labelOf(path: string): string {
  const label = path.split('/').findLast((part) => part !== '') ?? 'root';
  return label.replaceAll(/[^\w.-]/g, '_').slice(0, longestLabel);
}

async function makeOwnDirectory({ baseDir, fence, onEarlier }: WorkspaceSpec, workspace: Workspace): Promise<void> {
  const { directory, remove } = workspace;
  try {
    await mkdir(directory, ownerOnly);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') await mkdir(baseDir, { recursive: true, ...ownerOnly });
    else if (code === 'EEXIST') {
      if (fence !== undefined) await refuseLowerFence(workspace, fence);
      await onEarlier?.();
      await remove();
    } else throw error;
    await mkdir(directory, ownerOnly);
  }
}

async function makeDirectories(workspace: Workspace, { volumes, controlDirs = [] }: WorkspaceSpec): Promise<void> {
  const { directory, roots, control } = workspace;
  // Both levels in one call; one that finds the upper one there is content with it.
  const own = controlDirs.length === 0 ? [control] : controlDirs.map((name) => join(control, name));
  await allEnded([
    ...own.map((path) => mkdir(path, { recursive: true, ...ownerOnly })),
    makeVolumes(join(directory, 'volumes'), roots, volumes),
  ]);
}

async function makeVolumes(directory: string, roots: WorkspaceRoots, volumes: WorkspaceSpec['volumes']): Promise<void> {
  await mkdir(directory, ownerOnly);
  await allEnded(volumes.map(({ path, access }) => makeVolume(roots.get(path), access)));
}

/** Containers run under any user id, and all of them may write here; the directories above keep others on the host out. */
async function makeVolume(root: string | undefined, access: Volume['access']): Promise<void> {
  if (root === undefined) return;
  const mode = access === 'read-write' ? 0o777 : 0o755;
  await mkdir(root, { mode });
  // The umask may have cleared permission bits.
  await chmod(root, mode);
}
