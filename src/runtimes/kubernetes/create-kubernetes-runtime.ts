import { z } from 'zod';
import { awaitWithSignal, expectRejection } from '../../support/abort/await-with-signal.ts';
import { ExecError, messageOf } from '../../support/exec-error.ts';
import { derivePodKey } from '../../support/net/pod-key.ts';
import type { Clock } from '../../support/time/clock.ts';
import { delay } from '../../support/time/deadline.ts';
import { deferred } from '../../support/time/deferred.ts';
import { withRetries } from '../../support/time/with-retries.ts';
import { type Claim, podPort } from '../../wire/pod/pod.ts';
import { architectureOfNode } from '../freestanding/read-program.ts';
import type { Runtime, Sandbox, SandboxNetwork, SandboxSpec, StepSpec } from '../runtime.ts';
import { reasonToWait } from '../runtime-away.ts';
import { readHandle } from '../sandbox-handle.ts';
import { noWarm } from '../warm/warm-options.ts';
import { createApiClient } from './api/api-client.ts';
import { namespaces, pods } from './api/api-resource.ts';
import { explainApiError } from './api/explain-api-error.ts';
import { forwardPort } from './api/forward/forward-port.ts';
import type { OpenPodStream } from './connections/pod-agent.ts';
import { type PodServing, type PodServingOptions, servePod } from './connections/serve-pod.ts';
import { readStates } from './container/container.ts';
import { openImageStore } from './images/image-store.ts';
import { type ConnectedKeep, openPodLine, type PodLine } from './keep/pod-line.ts';
import type { KubernetesOptions } from './kubernetes-options.ts';
import { createPodMaker } from './pods/create-pod.ts';
import { hasEnded, isScheduled, isUnschedulable, type Pod, podSchema } from './pods/pod-schema.ts';
import { readEviction } from './pods/read-eviction.ts';
import { type KnownPod, type PodWatch, watchPods } from './pods/watch-pods.ts';
import { openSandbox } from './sandbox.ts';
import { type SandboxHandle, sandboxHandleSchema } from './sandbox-handle.ts';
import { deploymentSelector, identityOf, stepName } from './shape/pod-names.ts';
import { sweepPods } from './sweep-pods.ts';
import { createWaitingPods } from './warm/waiting-pods.ts';

const apiLimits = { connectTimeoutMs: 10_000, callTimeoutMs: 60_000, answerBytes: 64 * 1024 ** 2, idleConnections: 8 };
const readRetries = { attempts: Number.POSITIVE_INFINITY, backoffMs: 200, backoffMaxMs: 5_000 };
/** Own pods that no node takes, above which no more work is taken. They keep an autoscaler asked. */
const mostUnschedulable = 8;
/** The scheduler needs a moment to find the room of a pod that was deleted. */
const roomMs = 2_000;

/** Runs each execution as a pod of a Kubernetes cluster. Nothing is called before it is used. */
export function createKubernetesRuntime(options: KubernetesOptions & { readonly clock: Clock }): Runtime {
  const { access, fleetKey, registries, sources, logger, clock } = options;
  const { namespace } = options.pods;
  const client = createApiClient(access, apiLimits);
  const place = { resource: pods, namespace };
  const closing = new AbortController();
  const closed = closing.signal;
  const watches = new Map<string, PodWatch>();
  const arch = architectureOfNode[process.arch] ?? 'amd64';

  const maker = createPodMaker({ client, place, fleetKey, options: options.pods, closed });
  const keyOf = (pod: string) => derivePodKey(fleetKey, pod);

  const watchOf = (deployment: string): PodWatch => {
    const labelSelector = deploymentSelector(deployment);
    const found =
      watches.get(labelSelector) ??
      watchPods({
        client,
        place,
        labelSelector,
        onTrouble: (error) => logger.warn({ err: error }, 'the watch of the pods was interrupted'),
      });
    watches.set(labelSelector, found);
    return found;
  };

  interface LineSpec {
    readonly deployment: string;
    readonly claim: Claim;
    readonly references: readonly string[];
    readonly connected?: ConnectedKeep | undefined;
  }

  /** What runs goes on while the API server is away, so that is waited for. */
  const readPod = async (name: string): Promise<Pod | undefined> => {
    const end = performance.now() + options.awayMs;
    const mayPass = (error: unknown) =>
      performance.now() < end && reasonToWait(explainApiError(error, access)) !== undefined;
    return withRetries({ ...readRetries, signal: closed, mayPass }, () => client.get(place, name, podSchema, closed));
  };

  const openStreamOf = (pod: string): OpenPodStream | undefined =>
    options.reach === 'port-forward'
      ? (signal) => forwardPort(client, place, { pod, port: podPort }, signal)
      : undefined;

  const openLine = (pod: Pod, { deployment, claim, references, connected }: LineSpec): PodLine => {
    const { name, uid } = pod.metadata;
    const watch = watchOf(deployment);
    watch.add(pod);
    return openPodLine({
      openStream: openStreamOf(name),
      pod: name,
      key: keyOf(name),
      claim,
      watch,
      references: new Map(references.map((reference, index) => [stepName(index), reference])),
      connected,
      startSeconds: options.startSeconds,
      awayMs: options.awayMs,
      readEviction: (signal) => readEviction(client, { namespace, name, uid }, signal),
    });
  };

  const lineOf = (handle: SandboxHandle, pod: Pod, fence: number, connected?: ConnectedKeep): PodLine => {
    const { deployment, executionId: execution, steps } = handle;
    const references = steps.map(({ reference }) => reference);
    return openLine(pod, { deployment, claim: { execution, fence }, references, connected });
  };

  const waiting = createWaitingPods({
    parts: {
      client,
      place,
      maker,
      options: options.pods,
      keyOf,
      openStreamOf,
      watchOf,
      lineOf: (pod, { sandbox: { deployment }, steps }) =>
        openLine(pod, {
          deployment,
          claim: { execution: pod.metadata.name, fence: 0 },
          references: steps.map(({ image }) => image.reference),
        }),
      startSeconds: options.startSeconds,
    },
    warm: options.warm ?? noWarm,
    isFull: () => unschedulable() > 0,
    logger,
  });

  const unschedulable = () => [...watches.values()].reduce((sum, watch) => sum + watch.unschedulable(), 0);

  /** A pod for the execution that no node takes gets the room of pods that wait, one after the other. */
  const makeRoomOnNodes = async ({ metadata: { name } }: Pod, deployment: string): Promise<void> => {
    const watch = watchOf(deployment);
    const lacksNode = (known: KnownPod): boolean | undefined => {
      if (known.kind === 'gone' || isScheduled(known.pod)) return false;
      return isUnschedulable(known.pod) ? true : undefined;
    };
    while ((await watch.until(name, lacksNode, closed)) && (await waiting.makeRoom(deployment, closed)))
      await delay(roomMs, closed);
  };

  /** A pod that waits, or one that is made for the execution. */
  const podFor = async (spec: SandboxSpec, steps: readonly StepSpec[], signal: AbortSignal): Promise<PodInUse> => {
    const runtimeClass = await runtimeClassOf(spec, signal);
    const claimed = await waiting.take(spec, { sandbox: spec, steps, runtimeClass }, signal);
    if (claimed !== undefined) return claimed;
    const { deployment } = spec;
    const request = { identity: identityOf(spec), spec, steps, runtimeClass };
    const pod = await maker.create(request, signal, () => waiting.makeRoom(deployment, closed));
    return { pod };
  };

  const sandboxOf = (
    handle: SandboxHandle,
    {
      line,
      network,
      serving,
      losses = [],
    }: Serving & { readonly line: PodLine; readonly network: SandboxNetwork | undefined },
  ): Sandbox => {
    const watch = watchOf(handle.deployment);
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

  const lacksOciRuntime: Runtime['lacksOciRuntime'] = async (name, signal) => {
    const containers = [{ name: 'x', image: options.pods.keepImage }];
    const spec = { runtimeClassName: name, automountServiceAccountToken: false, containers };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'x-', namespace }, spec };
    try {
      await client.create(place, pod, podSchema.partial(), { dryRun: true, signal });
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      // A policy that refuses this pod for another reason has looked at it after the class was found.
      return /RuntimeClass|runtimeClassName/i.test(messageOf(error)) ? messageOf(error) : undefined;
    }
  };

  const runtimeClassOf = async ({ confinement }: SandboxSpec, signal: AbortSignal): Promise<string | undefined> => {
    const { name, missing } = confinement.ociRuntime ?? {};
    const isMissing =
      missing === 'fall-back' && name !== undefined && (await lacksOciRuntime(name, signal)) !== undefined;
    return isMissing ? undefined : name;
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

    lacksOciRuntime,

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
      const pending = unschedulable();
      return pending < mostUnschedulable ? undefined : `No node of the cluster takes ${pending} pods of this agent.`;
    },

    async openSandbox(spec, signal): Promise<Sandbox> {
      signal.throwIfAborted();
      refuseUnsupported(spec);
      const { steps = [] } = spec;
      const line = deferred<PodLine>();
      // Before the pod is created, because a port may be in use.
      const serving = await serve(spec.network, line.promise);
      const { pod, connected } = await podFor(spec, steps, signal).catch(async (error: unknown) => {
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
      line.resolve(lineOf(handle, pod, spec.fence, connected));
      if (connected === undefined) expectRejection(makeRoomOnNodes(pod, spec.deployment));
      return sandboxOf(handle, { line: await line.promise, network: spec.network, serving });
    },

    async recoverSandbox(recorded, { network, fence }) {
      const handle = readHandle(sandboxHandleSchema, recorded, 'kubernetes');
      const pod = await readPod(handle.pod).catch((error: unknown) => {
        throw explainApiError(error, access);
      });
      if (pod === undefined || pod.metadata.uid !== handle.uid || hasEnded(pod)) return undefined;
      const line = lineOf(handle, pod, fence);
      try {
        const states = pod.status?.podIP === undefined ? [] : await readStates(line, closed);
        if (states.some(({ isStarted }) => isStarted)) line.noteStart();
      } catch (error) {
        // What is being deleted and does not answer any more was removed.
        const isRemoved = line.pod() === undefined || line.pod()?.metadata.deletionTimestamp !== undefined;
        line.close();
        watchOf(handle.deployment).forget(handle.pod);
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
      for (const watch of watches.values()) watch.close();
      client.close();
    },
  };
  return runtime;
}

interface PodInUse {
  readonly pod: Pod;
  /** Of a pod that waited. */
  readonly connected?: ConnectedKeep;
}

interface Serving {
  readonly serving: PodServing | undefined;
  readonly losses?: readonly string[];
}

/** What a pod cannot have yet, so that nothing is left out silently. */
function refuseUnsupported({ network, steps = [], resources, confinement }: SandboxSpec): void {
  if (confinement.knownEscapes === 'refuse')
    throw new ExecError(
      'POLICY_DENIED',
      'The policy refuses container runtimes with known escapes, and the versions on the nodes of a cluster are not known. Have the policy changed, or use an agent with the runtime docker or oci.',
    );
  if (network?.mode === 'open') throw new ExecError('POLICY_DENIED', 'The runtime kubernetes has no open network.');
  if (resources.gpus === 'all')
    throw new ExecError('INVALID_REQUEST', 'The runtime kubernetes needs a number of GPUs in place of "all".');
  if (steps.length === 0)
    throw new ExecError('INTERNAL', 'The runtime kubernetes needs all steps of a sandbox when it is opened.');
}
