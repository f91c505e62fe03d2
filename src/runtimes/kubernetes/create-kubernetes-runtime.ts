import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { awaitWithSignal, expectRejection } from '../../support/abort/await-with-signal.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import type { Clock } from '../../support/time/clock.ts';
import { deferred } from '../../support/time/deferred.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import { architectureOfNode } from '../freestanding/read-program.ts';
import type { Runtime, Sandbox, SandboxNetwork } from '../runtime.ts';
import { reasonToWait } from '../runtime-away.ts';
import { readHandle } from '../sandbox-handle.ts';
import { noWarm } from '../warm/warm-options.ts';
import { createApiClient } from './api/api-client.ts';
import { namespaces, pods } from './api/api-resource.ts';
import { explainApiError } from './api/explain-api-error.ts';
import { type PodServing, type PodServingOptions, servePod } from './connections/serve-pod.ts';
import { readStates } from './container/container.ts';
import { openImageStore } from './images/image-store.ts';
import type { PodLine } from './keep/pod-line.ts';
import { createPodLines } from './keep/pod-lines.ts';
import type { KubernetesOptions } from './kubernetes-options.ts';
import { createPodMaker } from './pods/create-pod.ts';
import { hasEnded, type Pod, podSchema } from './pods/pod-schema.ts';
import { refuseUnsupported } from './refuse-unsupported.ts';
import { createRuntimeClasses } from './runtime-classes.ts';
import { openSandbox } from './sandbox.ts';
import { type SandboxHandle, sandboxHandleSchema } from './sandbox-handle.ts';
import { sweepPods } from './sweep-pods.ts';
import { createPodAssigner } from './warm/assign-pod.ts';
import { createWaitingPods } from './warm/waiting-pods.ts';

const apiLimits = { connectTimeoutMs: 10_000, callTimeoutMs: 60_000, answerBytes: 64 * 1024 ** 2, idleConnections: 8 };
const readRetries = { attempts: Number.POSITIVE_INFINITY, backoffMs: 200, backoffMaxMs: 5_000 };
/** Own pods that no node takes, above which no more work is taken. They keep an autoscaler asked. */
const mostUnschedulable = 8;

/** Runs each execution as a pod of a Kubernetes cluster. Nothing is called before it is used. */
export function createKubernetesRuntime(options: KubernetesOptions & { readonly clock: Clock }): Runtime {
  const { access, fleetKey, registries, sources, logger, clock } = options;
  const { namespace } = options.pods;
  const client = createApiClient(access, apiLimits);
  const place = { resource: pods, namespace };
  const closing = new AbortController();
  const closed = closing.signal;
  // Every pod listens to it.
  setMaxListeners(0, closed);
  const arch = architectureOfNode[process.arch] ?? 'amd64';

  const maker = createPodMaker({ client, place, fleetKey, options: options.pods, closed });
  const lines = createPodLines(client, place, options);
  const classes = createRuntimeClasses(client, place, options.pods);

  /** What runs goes on while the API server is away, so that is waited for. */
  const readPod = async (name: string): Promise<Pod | undefined> => {
    const end = performance.now() + options.awayMs;
    const mayPass = (error: unknown) =>
      performance.now() < end && reasonToWait(explainApiError(error, access)) !== undefined;
    return withRetries({ ...readRetries, signal: closed, mayPass }, () => client.get(place, name, podSchema, closed));
  };

  const waiting = createWaitingPods({
    parts: { client, place, maker, options: options.pods, lines, startSeconds: options.startSeconds },
    warm: options.warm ?? noWarm,
    isFull: () => lines.unschedulable() > 0,
    logger,
  });

  const assigner = createPodAssigner({ waiting, maker, lines, classes, closed });

  const sandboxOf = (
    handle: SandboxHandle,
    {
      line,
      network,
      serving,
      losses = [],
    }: Serving & { readonly line: PodLine; readonly network: SandboxNetwork | undefined },
  ): Sandbox => {
    const watch = lines.watchOf(handle.deployment);
    const remove = async () => {
      await maker.remove(handle.pod, handle.uid);
      watch.forget(handle.pod);
    };
    const servicePort = network?.onConnection === undefined ? undefined : options.servicePort;
    return openSandbox(handle, { line, watch, sources, servicePort, serving, losses, closed, remove });
  };

  /** @param line of the pod, which may not exist yet */
  const serve = (network: SandboxNetwork | undefined, line: Promise<PodLine>) => {
    const dial: PodServingOptions['dial'] = async (path, protocol, signal) =>
      (await awaitWithSignal(line, signal)).dial(path, protocol, signal);
    return servePod({ network, dial, closed, logger });
  };

  /** What the containers of a pod have done is not lost because their ports cannot be opened again. */
  const serveAgain = async (network: SandboxNetwork | undefined, line: PodLine): Promise<Serving> => {
    try {
      return { serving: await serve(network, Promise.resolve(line)) };
    } catch (error) {
      return { serving: undefined, losses: [`Ports could not be forwarded again: ${messageOf(error)}`] };
    }
  };

  const runtime: Runtime = {
    name: 'kubernetes',
    capabilities: { place: 'cluster', hostImage: false, openNetwork: false, limits: true, gpus: true },
    images: openImageStore({ registries, clock, arch }),

    async probe(signal) {
      try {
        const version = await client.version(signal);
        await client.list(place, { limit: 1 }, z.object({ items: z.array(z.unknown()) }), signal);
        return { ok: true, version: `Kubernetes ${version}`, reason: `namespace "${namespace}" of ${access.origin}` };
      } catch (error) {
        return { ok: false, reason: explainApiError(error, access).message };
      }
    },

    programs: async () => [],

    lacksOciRuntime: classes.lacksOciRuntime,

    // Nothing of it depends on the host: connections go by keep.
    servesContainers: async () => ({ ok: true }),

    async home() {
      const schema = z.object({ metadata: z.object({ uid: z.string() }) });
      try {
        const found = await client.get({ resource: namespaces }, namespace, schema, closed);
        if (found !== undefined) return `kubernetes/${found.metadata.uid}`;
      } catch (error) {
        throw explainApiError(error, access);
      }
      throw new ExecError(
        'RUNTIME_UNAVAILABLE',
        `The namespace "${namespace}" does not exist. Create it, or set EXEC_KUBE_NAMESPACE to another one.`,
      );
    },

    async capacity() {
      const pending = lines.unschedulable();
      return pending < mostUnschedulable ? undefined : `No node of the cluster takes ${pending} pods of this agent.`;
    },

    async openSandbox(spec, signal): Promise<Sandbox> {
      signal.throwIfAborted();
      refuseUnsupported(spec);
      const { steps = [] } = spec;
      const line = deferred<PodLine>();
      // Before the pod is created, because a port may be in use.
      const serving = await serve(spec.network, line.promise);
      const { pod, connected } = await assigner.assign(spec, steps, signal).catch(async (error: unknown) => {
        await serving?.close();
        throw error;
      });
      const handle: SandboxHandle = {
        executionId: spec.executionId,
        deployment: spec.deployment,
        volumes: [...spec.volumes],
        scratch: [...spec.scratch],
        resources: spec.resources,
        confinement: spec.confinement,
        namespace,
        pod: pod.metadata.name,
        uid: pod.metadata.uid,
        isolation: options.pods.isolation,
        steps: steps.map(({ step, image }) => ({
          reference: image.reference,
          digest: image.digest,
          readOnlyRoot: step.readOnlyRoot,
        })),
      };
      line.resolve(lines.openFor(handle, pod, spec.fence, connected));
      if (connected === undefined) expectRejection(assigner.makeRoomOnNodes(pod, spec.deployment));
      return sandboxOf(handle, { line: await line.promise, network: spec.network, serving });
    },

    async recoverSandbox(recorded, { network, fence }) {
      const handle = readHandle(sandboxHandleSchema, recorded, 'kubernetes');
      const pod = await readPod(handle.pod).catch((error: unknown) => {
        throw explainApiError(error, access);
      });
      if (pod === undefined || pod.metadata.uid !== handle.uid || hasEnded(pod)) return undefined;
      const line = lines.openFor(handle, pod, fence);
      try {
        const states = pod.status?.podIP === undefined ? [] : await readStates(line, closed);
        if (states.some(({ isStarted }) => isStarted)) line.noteStart();
      } catch (error) {
        // What is being deleted and does not answer any more was removed.
        const isRemoved = line.pod() === undefined || line.pod()?.metadata.deletionTimestamp !== undefined;
        line.close();
        lines.watchOf(handle.deployment).forget(handle.pod);
        if (isRemoved) return undefined;
        throw error;
      }
      return sandboxOf(handle, { line, network, ...(await serveAgain(network, line)) });
    },

    expect: (upcoming) => waiting.expect(upcoming),
    warmCounts: () => waiting.counts(),

    sweep: (deployment, isKnown) => {
      const { startSeconds } = options;
      return sweepPods({
        client,
        place,
        deployment,
        isKnown,
        startSeconds,
        remove: maker.remove,
        clock,
        signal: closed,
      });
    },

    async close() {
      await waiting.close();
      closing.abort(new ExecError('CANCELED', 'The runtime is closed.'));
      lines.close();
      client.close();
    },
  };
  return runtime;
}

interface Serving {
  readonly serving: PodServing | undefined;
  readonly losses?: readonly string[];
}
