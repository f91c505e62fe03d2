import { setMaxListeners } from 'node:events';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { awaitWithSignal } from '../../support/await-with-signal.ts';
import { errnoOf, messageOf } from '../../support/exec-error.ts';
import { createWorkspace, openWorkspace } from '../../workspace/create-workspace.ts';
import type { Health, Runtime, Sandbox, SandboxSpec } from '../runtime.ts';
import { parseCgroupLayout } from './cgroup-layout.ts';
import { createEngineChoice } from './choose-engine.ts';
import { createImageStore, type OciImageStore } from './image-store.ts';
import { defaultLimits, type OciOptions } from './oci-options.ts';
import type { OciParts } from './oci-parts.ts';
import { ociPlaces } from './oci-places.ts';
import { containersIn, removeContainers } from './remove-containers.ts';
import { openSandbox } from './sandbox.ts';
import { readHandle, type SandboxHandle, sandboxHandleSchema } from './sandbox-handle.ts';
import { sweepDeployment } from './sweep-deployment.ts';

export interface OciRuntime extends Runtime {
  readonly images: OciImageStore;
}

/**
 * Runs containers with crun or runc and no daemon. Opening it starts nothing; what is missing on this machine is said by
 * `probe`, and by the first call that needs it.
 */
export async function createOciRuntime(options: OciOptions): Promise<OciRuntime> {
  const limits = { ...defaultLimits, ...options.limits };
  const places = ociPlaces(options);
  const layout = parseCgroupLayout(await readFile('/proc/self/mountinfo', 'utf8'));
  const closing = new AbortController();
  const closed = closing.signal;
  // Every container listens to it.
  setMaxListeners(0, closed);
  const images = createImageStore(options, limits, places);
  const prepare = { options, limits, places, layout, closed };
  const engines = createEngineChoice(prepare);
  const engine = () => engines.usual();
  const parts: OciParts = { ...prepare, engine: engines.choose, unpacked: images.unpacked };

  const deployments = new Set<string>();

  const workspaceSpec = ({ deployment, executionId, volumes }: SandboxSpec) => ({
    baseDir: places.workspaces(deployment),
    executionId,
    volumes,
  });

  async function open(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    await awaitWithSignal(engine(), signal);
    // What an earlier attempt left would otherwise run on without its directories.
    await endEarlierAttempt(spec);
    deployments.add(spec.deployment);
    const workspace = await createWorkspace(workspaceSpec(spec));
    await mkdir(containersIn(workspace.control));
    const sandbox = openSandbox(handleOf(spec), workspace, parts);
    if (signal.aborted) await sandbox.remove();
    signal.throwIfAborted();
    return sandbox;
  }

  async function endEarlierAttempt(spec: SandboxSpec): Promise<void> {
    const earlier = await openWorkspace({ ...workspaceSpec(spec), volumes: [] });
    if (earlier !== undefined) await removeContainers(parts, spec.executionId, earlier.control);
  }

  return {
    name: 'oci',
    capabilities: { hostImage: options.allowHostImage, services: false, limits: true, gpus: false },
    images,

    async probe(signal): Promise<Health> {
      try {
        const { way } = await awaitWithSignal(engine(), signal);
        const groups = layout.kind === 'v2' ? 'v2' : 'v1';
        return {
          ok: true,
          version: way.version,
          reason: `${way.version} runs containers here (control groups ${groups}).`,
        };
      } catch (error) {
        signal.throwIfAborted();
        return { ok: false, reason: messageOf(error) };
      }
    },

    lacksOciRuntime: (name, signal) => awaitWithSignal(engines.obstacleTo(name), signal),

    openSandbox: open,

    async recoverSandbox(recorded) {
      const handle = readHandle(sandboxHandleSchema, recorded);
      const workspace = await openWorkspace(workspaceSpec(handle));
      return workspace === undefined ? undefined : openSandbox(handle, workspace, parts);
    },

    sweep: (deployment, isKnown) => sweepDeployment(parts, deployment, isKnown),

    async close() {
      closing.abort(new Error('the runtime was closed'));
      await Promise.all([...deployments].map((deployment) => removeIfEmpty(places.workspaces(deployment))));
    },
  };
}

function handleOf({ volumes, scratch, ...spec }: SandboxSpec): SandboxHandle {
  const { executionId, deployment, resources, confinement } = spec;
  return {
    runtime: 'oci',
    executionId,
    deployment,
    volumes: [...volumes],
    scratch: [...scratch],
    resources,
    confinement,
  };
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}
