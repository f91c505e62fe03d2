import { randomUUID } from 'node:crypto';
import { messageOf } from '../../support/exec-error.ts';
import { createOwners } from '../../support/processes/owners.ts';
import { openNetworkOf, recoverNetwork } from '../network/network-of-sandbox.ts';
import { findNetworkTools } from '../network/network-tools.ts';
import { createSandboxNetworks, type OpenNetwork } from '../network/sandbox-networks.ts';
import { once } from '../once.ts';
import type { ListingImageStore, Runtime, Sandbox, SandboxSpec } from '../runtime.ts';
import { readHandle } from '../sandbox-handle.ts';
import { createSecretFiles } from '../secrets/secret-files.ts';
import { hasStreams } from '../streams/open-streams.ts';
import { noWarm } from '../warm/warm-options.ts';
import { ownersIn } from '../warm/warm-supply.ts';
import { createStartGate } from './container/start-gate.ts';
import { createArchiveTransfer, openArchiveTransfer } from './data/archive-transfer.ts';
import { createBindTransfer, openBindTransfer } from './data/bind-transfer.ts';
import { findBindObstacle } from './data/find-bind-obstacle.ts';
import type { NewTransferSpec, Transfer } from './data/transfer.ts';
import { type DockerRuntimeOptions, defaultDockerLimits, defaultDockerNetwork } from './docker-options.ts';
import { retryWhileEngineDown } from './engine/await-engine.ts';
import { connectEngine } from './engine/connect-engine.ts';
import { createEngineClient } from './engine/engine-client.ts';
import { isHelperImage } from './helpers/helper-container.ts';
import { createHolders } from './helpers/network-holder.ts';
import { createContainerUsers } from './images/container-users.ts';
import { openImageStore } from './images/image-store.ts';
import { openSandbox, type SandboxContext } from './sandbox.ts';
import { type SandboxHandle, sandboxHandleSchema } from './sandbox-handle.ts';
import { sweepDeployment } from './sweep.ts';
import { createUsageGroups } from './usage/usage-groups.ts';
import { createWarmContainers } from './warm/warm-containers.ts';

export interface DockerRuntime extends Runtime {
  readonly images: ListingImageStore;
}

/**
 * Runs containers on a Docker Engine, through its API. Connects when it is first used.
 * @throws ExecError RUNTIME_UNAVAILABLE for a host that is no address
 */
export function createDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  const { host, tls, workDir, staging, logger, clock } = options;
  const limits = { ...defaultDockerLimits, ...options.limits };
  const engine = connectEngine(createEngineClient({ host, tls, limits }));
  const network = { ...defaultDockerNetwork, ...options.network };
  const { openNetwork, searchPath } = network;
  const owners = createOwners(ownersIn(workDir));
  const secretFiles = createSecretFiles(options.secretsDir, owners);
  const secretsObstacle = once(() => findBindObstacle(engine, options.secretsDir));
  const starts = createStartGate({
    width: limits.startsAtOnce,
    turnMs: limits.startTurnMs,
    onQuiet: () => warmContainers.refill(),
  });
  const transferContext = { engine, limits, workDir, staging, secretFiles, secretsObstacle };
  const groups = createUsageGroups(engine, { searchPath, stopTimeoutMs: limits.groupStopMs });
  const users = createContainerUsers(engine);
  const context: SandboxContext = { ...transferContext, openNetwork, starts, groups, users };
  const networks = createSandboxNetworks({
    maker: createHolders({ engine, owners, openNetwork }),
    tools: once(() => findNetworkTools(searchPath)),
    options: network,
    logger,
  });

  const transferKind = once(async (): Promise<'bind' | 'archive'> => {
    if (options.transfer !== 'auto') return options.transfer;
    const obstacle = await findBindObstacle(engine, workDir);
    if (obstacle === undefined) return 'bind';
    logger.info({ host, workDir, reason: obstacle }, 'data goes through the archive API: bind mounts would not work');
    return 'archive';
  });

  const warmContainers = createWarmContainers({
    context: transferContext,
    groups,
    users,
    owners,
    networks,
    options: options.warm ?? noWarm,
    isPossible: async () => (await transferKind()) === 'bind' && !(await engine.facts()).podman,
    isBusy: starts.isBusy,
    logger,
  });

  const createTransfer = async (spec: NewTransferSpec): Promise<Transfer> =>
    (await transferKind()) === 'bind' ? createBindTransfer(context, spec) : createArchiveTransfer(context, spec);

  const reopenTransfer = async (handle: SandboxHandle, fence: number): Promise<Transfer | undefined> =>
    handle.transfer === 'bind'
      ? openBindTransfer(context, handle, fence)
      : openArchiveTransfer(context, handle, handle.helper);

  async function openWarm(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const ready = await warmContainers.take(spec);
    if (ready === undefined) return undefined;
    const { warm, transfer, network } = ready;
    const recorded = { mode: 'none', holder: network?.id ?? null } as const;
    const named = { ...plainSpec(spec), sandboxId: warm.sandboxId, network: recorded };
    const handle = { runtime: 'docker', ...named, ...transfer.handle } as const;
    const needsStreams = spec.steps?.some(({ step }) => hasStreams(step)) ?? false;
    const onWarmUse = warmContainers.noteUse;
    return openSandbox(context, { handle, transfer, from: 'new', network, warm, onWarmUse, needsStreams });
  }

  async function makeSandbox(spec: SandboxSpec, network: OpenNetwork | undefined): Promise<Sandbox> {
    const needsStreams = spec.steps?.some(({ step }) => hasStreams(step)) ?? false;
    try {
      const named = { ...plainSpec(spec), sandboxId: randomUUID() };
      const transfer = await createTransfer({ ...named, fence: spec.fence });
      const recorded = { mode: spec.network?.mode ?? 'none', holder: network?.id ?? null };
      const handle = { runtime: 'docker', ...named, network: recorded, ...transfer.handle } as const;
      return openSandbox(context, { handle, transfer, from: 'new', network, needsStreams });
    } catch (error) {
      await network?.remove();
      throw error;
    }
  }

  return {
    name: 'docker',
    images: openImageStore({
      engine,
      registries: options.registries,
      limits,
      clock,
      isOwn: isHelperImage,
      discardWarm: (imageId, isDone) => warmContainers.discardWarm(imageId, isDone),
      searchPath,
    }),

    get capabilities() {
      const known = engine.known();
      const { limits, gpus } = { limits: known?.limits ?? false, gpus: known?.gpus ?? false };
      return { place: 'machine' as const, hostImage: false, openNetwork: true, limits, gpus };
    },

    async probe(signal) {
      try {
        const { description, limits: enforced } = await engine.facts({ refresh: true, signal });
        const reason = enforced
          ? `It answers at ${host}.`
          : `It answers at ${host}, but its kernel does not enforce limits of memory, processes and cpu together: mount those cgroups.`;
        return { ok: true, version: description, reason };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, reason: messageOf(error) };
      }
    },

    async programs({ ociRuntime }) {
      const { version, runcVersion, podman, ociRuntimes } = await engine.facts();
      const isRunc = ociRuntime === undefined || ociRuntime.name === 'runc' || !ociRuntimes.includes(ociRuntime.name);
      const runc = isRunc && runcVersion !== undefined ? [{ name: 'runc', version: runcVersion }] : [];
      return [{ name: podman ? 'podman' : 'docker', version }, ...runc];
    },

    async lacksOciRuntime(name, signal) {
      const { ociRuntimes } = await engine.facts({ signal });
      return ociRuntimes.includes(name) ? undefined : `the engine knows ${ociRuntimes.join(', ')}`;
    },

    servesContainers: (deployment, signal) => networks.ability(deployment, signal),
    networkCounts: () => networks.counts(),
    warmCounts: () => warmContainers.counts(),

    async openSandbox(spec, signal) {
      signal.throwIfAborted();
      const sandbox = (await openWarm(spec)) ?? (await makeSandbox(spec, await openNetworkOf(networks, spec, signal)));
      if (signal.aborted) await sandbox.remove();
      signal.throwIfAborted();
      return sandbox;
    },

    async recoverSandbox(recorded, { network, fence }) {
      const handle = readHandle(sandboxHandleSchema, recorded, 'Docker');
      const never = new AbortController().signal;
      const transfer = await retryWhileEngineDown(engine, limits, never, () => reopenTransfer(handle, fence));
      if (transfer === undefined) return undefined;
      const { deployment, executionId } = handle;
      const id = handle.network.holder;
      const found = await recoverNetwork(networks, { deployment, executionId, id, network });
      return openSandbox(context, { handle, transfer, from: 'recovered', ...found });
    },

    expect: (upcoming) => warmContainers.expect(upcoming),

    sweep: (deployment, isKnown) =>
      sweepDeployment({ engine, groups, deployment, isKnown, secretFiles, owners, workDir }),

    async close() {
      await Promise.all([warmContainers.close(), networks.close()]);
      await owners.close();
      engine.close();
    },
  };
}

/** What a handle records of it: plain values only. */
function plainSpec({ executionId, deployment, volumes, scratch, resources, confinement }: SandboxSpec) {
  return { executionId, deployment, volumes: [...volumes], scratch: [...scratch], resources, confinement };
}
