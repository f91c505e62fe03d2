import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimFence } from '../../../workspace/claim-fence.ts';
import { createWorkspace, openWorkspace, type Workspace } from '../../../workspace/create-workspace.ts';
import { createUsageMeter, writableRoots } from '../../../workspace/tree/measure-usage.ts';
import { containerHostname } from '../../command/container-hostname.ts';
import { sharingOf } from '../../sharing-of.ts';
import type { Mount } from '../container/container-body.ts';
import { proxyHostName } from '../helpers/network-holder.ts';
import {
  type NewTransferSpec,
  type Transfer,
  type TransferContext,
  type TransferSpec,
  workspaceSpec,
} from './transfer.ts';

// What an engine would write for a container without a network, and the agent's own name in there.
const hosts = `127.0.0.1\tlocalhost ${containerHostname} ${proxyHostName}
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** Bind mounts of a workspace on the engine's own machine: nothing is copied. */
export async function createBindTransfer(context: TransferContext, spec: NewTransferSpec): Promise<Transfer> {
  const workspace = await createWorkspace({ ...workspaceSpec(context, spec), fence: spec.fence });
  await writeHostsFile(workspace);
  return bindTransferIn(context, spec, workspace);
}

/**
 * The same for a sandbox that was made before; undefined when its workspace is gone.
 * @throws ExecError AGENT_LOST when an agent with a higher fence has it
 */
export async function openBindTransfer(
  context: TransferContext,
  spec: TransferSpec,
  fence: number,
): Promise<Transfer | undefined> {
  const workspace = await openWorkspace(workspaceSpec(context, spec));
  if (workspace === undefined) return undefined;
  await claimFence(workspace, fence);
  return bindTransferIn(context, spec, workspace);
}

/** The same in a workspace that is this execution's already. */
export function bindTransferIn(
  { staging }: TransferContext,
  { volumes }: Pick<TransferSpec, 'volumes'>,
  workspace: Workspace,
): Transfer {
  return {
    mounts: bindMounts(workspace, volumes),
    hostsFile: hostsMount(workspace),
    control: workspace.control,
    handle: { transfer: 'bind' },
    stage: (inputs, signal, tenant) => staging.stage(workspace.roots, inputs, signal, sharingOf(tenant, volumes)),
    usage: createUsageMeter(writableRoots(volumes, workspace.roots)),
    collect: (outputs, signal, options) => staging.collect(workspace.roots, outputs, signal, options),
    remove: () => workspace.remove(),
  };
}

export function bindMounts({ roots }: Workspace, volumes: TransferSpec['volumes']): readonly Mount[] {
  return volumes.flatMap(({ path, access, files }): Mount[] => {
    const root = roots.get(path);
    if (root === undefined) return [];
    const mount = (Source: string, Target: string): Mount => {
      return { Type: 'bind', Source, Target, ReadOnly: access === 'read-only' };
    };
    return files?.map((name) => mount(join(root, name), join(path, name))) ?? [mount(root, path)];
  });
}

export async function writeHostsFile(workspace: Workspace): Promise<void> {
  const hostsFile = hostsFileOf(workspace);
  await writeFile(hostsFile, hosts);
  // The umask may have taken bits away, and every user of the container reads it.
  await chmod(hostsFile, 0o644);
}

export function hostsMount(workspace: Workspace): Mount {
  return { Type: 'bind', Source: hostsFileOf(workspace), Target: '/etc/hosts', ReadOnly: true };
}

function hostsFileOf({ control }: Workspace): string {
  return join(control, 'hosts');
}
