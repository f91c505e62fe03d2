import { setMaxListeners } from 'node:events';
import { readFile, rmdir } from 'node:fs/promises';
import { awaitWithSignal } from '../../support/abort/await-with-signal.ts';
import { errnoOf, messageOf } from '../../support/exec-error.ts';
import { createOwners } from '../../support/processes/owners.ts';
import { claimFence } from '../../workspace/claim-fence.ts';
import { createWorkspace, openWorkspace } from '../../workspace/create-workspace.ts';
import { parseGroupLayout } from '../groups/group-layout.ts';
import { openNetworkOf, recoverNetwork } from '../network/network-of-sandbox.ts';
import { defaultNetworkOptions, networkLimits } from '../network/network-options.ts';
import { findNetworkTools } from '../network/network-tools.ts';
import { createOwnNamespaces } from '../network/own-namespaces.ts';
import { createSandboxNetworks, type OpenNetwork } from '../network/sandbox-networks.ts';
import { once } from '../once.ts';
import type { Health, Runtime, Sandbox, SandboxSpec } from '../runtime.ts';
import { readHandle } from '../sandbox-handle.ts';
import { createSecretFiles } from '../secrets/secret-files.ts';
import { hasStreams } from '../streams/open-streams.ts';
import type { DiscardWarm } from '../warm/discard/discard-requests.ts';
import { noWarm } from '../warm/warm-options.ts';
import { ownersIn } from '../warm/warm-supply.ts';
import { opensStreamsInside } from './container/link-stdin.ts';
import { containersDir, removeContainers } from './container/remove-containers.ts';
import { createEngineChoice } from './engine/choose-engine.ts';
import { chooseEngineRoot } from './engine/engine-root.ts';
import { createImageStore, type OciImageStore } from './image/image-store.ts';
import { linkNetwork } from './network-link.ts';
import { defaultLimits, type OciOptions } from './oci-options.ts';
import type { OciParts } from './oci-parts.ts';
import { engineRootsOf, ociPlaces } from './oci-places.ts';
import { openSandbox } from './sandbox.ts';
import { type SandboxHandle, sandboxHandleSchema } from './sandbox-handle.ts';
import { sweepDeployment } from './sweep-deployment.ts';
import { createWarmContainers } from './warm/warm-containers.ts';

type WorkspaceOwner = Pick<SandboxSpec, 'deployment' | 'executionId' | 'volumes'>;

export interface OciRuntime extends Runtime {
  readonly images: OciImageStore;
}

/**
 * Runs containers with crun or runc and no daemon. Opening it starts nothing; what is missing on this machine is said by
 * `probe`, and by the first call that needs it.
 */
export async function createOciRuntime(options: OciOptions): Promise<OciRuntime> {
  const limits = { ...defaultLimits, ...options.limits };
  const places = ociPlaces(options, await chooseEngineRoot(engineRootsOf(options)));
  const layout = parseGroupLayout(await readFile('/proc/self/mountinfo', 'utf8'));
  const closing = new AbortController();
  const closed = closing.signal;
  // Every container listens to it.
  setMaxListeners(0, closed);
  const discardWarm: DiscardWarm = (imageId, isDone) => warmContainers.discardWarm(imageId, isDone);
  const images = createImageStore(options, { limits, places, discardWarm });
  const prepare = { options, limits, places, layout, closed };
  const engines = createEngineChoice(prepare);
  const owners = createOwners(ownersIn(options.workDir));
  const secretFiles = createSecretFiles(options.secretsDir, owners);
  const engine = () => engines.usual();
  const parts: OciParts = { ...prepare, engine: engines.choose, secretFiles, owners, unpacked: images.unpacked };

  const deployments = new Set<string>();
  const tools = once(() => findNetworkTools(options.searchPath));
  const namespacesOf = (deployment: string) =>
    createOwnNamespaces({ directory: places.networks(deployment), owners, tools, timeoutMs: networkLimits.timeoutMs });
  const networks = createSandboxNetworks({
    maker: {
      make: ({ deployment }, signal) => namespacesOf(deployment).make(signal),
      find: (deployment, id) => namespacesOf(deployment).find(id),
    },
    tools,
    options: { ...defaultNetworkOptions, ...options.network },
    logger: options.logger,
  });

  const workspaceSpec = ({ deployment, executionId, volumes }: WorkspaceOwner) => ({
    baseDir: places.workspaces(deployment),
    executionId,
    volumes,
  });

  let opening = 0;
  const warmContainers = createWarmContainers({
    parts,
    networks,
    options: options.warm ?? noWarm,
    endEarlier: (spec) => endEarlierAttempt(spec),
    isBusy: () => opening > 0,
    logger: options.logger,
  });

  async function openCounted(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    opening += 1;
    try {
      return await open(spec, signal);
    } finally {
      opening -= 1;
    }
  }

  async function open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    await awaitWithSignal(engine(), signal);
    deployments.add(spec.deployment);
    const sandbox = (await openWarm(spec)) ?? (await makeSandbox(spec, await openNetworkOf(networks, spec, signal)));
    if (signal.aborted) await sandbox.remove();
    signal.throwIfAborted();
    return sandbox;
  }

  async function openWarm(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const ready = await warmContainers.take(spec);
    if (ready === undefined) return undefined;
    const needsStreams = spec.steps?.some(({ step }) => hasStreams(step)) ?? false;
    const { noteUse: onWarmUse, refill: onRemoved } = warmContainers;
    return openSandbox(handleOf(spec, ready.network), { ...ready, needsStreams, onWarmUse, onRemoved }, parts);
  }

  async function makeSandbox(spec: SandboxSpec, network: OpenNetwork | undefined): Promise<Sandbox> {
    const onRemoved = warmContainers.refill;
    try {
      // What an earlier attempt left would otherwise run on without its directories.
      const onEarlier = () => endEarlierAttempt(spec);
      const workspace = await createWorkspace({
        ...workspaceSpec(spec),
        fence: spec.fence,
        controlDirs: [containersDir],
        onEarlier,
      });
      if (network !== undefined) await linkNetwork(workspace.control, network.path);
      const needsStreams = spec.steps?.some(({ step }) => opensStreamsInside(step, spec.volumes)) ?? false;
      return openSandbox(
        handleOf(spec, network),
        { workspace, network, first: spec.steps?.[0], needsStreams, onRemoved },
        parts,
      );
    } catch (error) {
      await network?.remove();
      throw error;
    }
  }

  async function endEarlierAttempt(spec: SandboxSpec): Promise<void> {
    const earlier = await openWorkspace({ ...workspaceSpec(spec), volumes: [] });
    if (earlier !== undefined) await removeContainers(parts, spec.executionId, earlier.control);
  }

  return {
    name: 'oci',
    capabilities: {
      place: 'machine',
      hostImage: options.allowHostImage,
      openNetwork: false,
      limits: true,
      gpus: false,
    },
    images,

    async probe(signal): Promise<Health> {
      try {
        const { way } = await awaitWithSignal(engine(), signal);
        const groups = layout.kind === 'v2' ? 'v2' : 'v1';
        return {
          ok: true,
          version: way.version,
          reason: `${way.version} runs containers here (cgroups ${groups}).`,
        };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, reason: messageOf(error) };
      }
    },

    async programs(confinement) {
      const { way } = await engines.choose(confinement);
      return [{ name: way.name, version: way.version.replace(`${way.name} `, '') }];
    },
    lacksOciRuntime: (name, signal) => awaitWithSignal(engines.obstacleTo(name), signal),

    servesContainers: (deployment, signal) => networks.ability(deployment, signal),
    networkCounts: () => networks.counts(),
    warmCounts: () => warmContainers.counts(),
    openSandbox: openCounted,
    expect: (upcoming) => warmContainers.expect(upcoming),

    async recoverSandbox(recorded, { network, fence }) {
      const handle = readHandle(sandboxHandleSchema, recorded, 'OCI');
      const workspace = await openWorkspace(workspaceSpec(handle));
      if (workspace === undefined) return undefined;
      await claimFence(workspace, fence);
      const found = await recoverNetwork(networks, { ...handle, id: handle.network, network });
      if (found.network !== undefined) await linkNetwork(workspace.control, found.network.path);
      return openSandbox(handle, { workspace, ...found }, parts);
    },

    async sweep(deployment, isKnown) {
      const swept = await sweepDeployment(parts, deployment, isKnown);
      const namespaces = await namespacesOf(deployment).sweep(isKnown);
      return [...swept, ...namespaces.map(({ executionId }) => ({ executionId, what: 'network' }) as const)];
    },

    async close() {
      await Promise.all([warmContainers.close(), networks.close()]);
      await owners.close();
      closing.abort(new Error('the runtime was closed'));
      const own = [...deployments].flatMap((each) => [places.workspaces(each), places.networks(each)]);
      await Promise.all(own.map(removeIfEmpty));
    },
  };
}

function handleOf(spec: SandboxSpec, network: OpenNetwork | undefined): SandboxHandle {
  const { executionId, deployment, volumes, scratch, resources, confinement } = spec;
  const common = { executionId, deployment, volumes: [...volumes], scratch: [...scratch], resources, confinement };
  return { runtime: 'oci', ...common, network: network?.id ?? null };
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}
