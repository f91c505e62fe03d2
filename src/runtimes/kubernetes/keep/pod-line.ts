import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { ExecError, messageOf } from '../../../support/exec-error.ts';
import { delay } from '../../../support/time/deadline.ts';
import { backoffOf } from '../../../support/time/with-retries.ts';
import { type Claim, keepExits } from '../../../wire/pod/pod.ts';
import type { OpenPodStream } from '../connections/pod-agent.ts';
import { keepContainer, notStarted, podLost, troubleOf } from '../pods/explain-pod.ts';
import { hasEnded, type Pod, stateOf } from '../pods/pod-schema.ts';
import type { KnownPod, PodWatch } from '../pods/watch-pods.ts';
import { createKeepClient, type KeepCall, type KeepClient } from './keep-client.ts';

export interface PodLineOptions {
  readonly pod: string;
  readonly key: Buffer;
  readonly claim: Claim;
  readonly watch: PodWatch;
  /** The image of each step's container, as its request has it. */
  readonly references: ReadonlyMap<string, string>;
  /** Of a pod that was connected to already. */
  readonly connected?: ConnectedKeep | undefined;
  readonly startSeconds: number;
  readonly awayMs: number;
  /** How often the pod is read while its address is waited for; the watch may have missed a change. */
  readonly refreshMs?: number;
  /** How often at most the pod is read because it could not be reached; the watch tells of it in between. */
  readonly checkMs?: number;
  /** Absent: by the pod's address. */
  readonly openStream?: OpenPodStream | undefined;
  /** What the cluster's events say of an eviction of the pod. */
  readonly readEviction: (signal: AbortSignal) => Promise<string | undefined>;
}

/** A keep by the address of its pod. */
export interface ConnectedKeep {
  readonly address: string;
  readonly keep: KeepClient;
}

/**
 * The way to one pod, once it has an address. What breaks is tried again while the pod exists, for as long as it may be out of
 * reach; what is lost for good is RUNTIME_UNAVAILABLE with what became of the pod.
 */
export interface PodLine {
  /** Waits until keep runs. @throws ExecError when the pod will not come up, or not in time */
  ready(signal: AbortSignal): Promise<void>;
  ask<T>(call: KeepCall<T>): Promise<T>;
  output(step: string, position: number, signal: AbortSignal): Promise<IncomingMessage>;
  openData(signal: AbortSignal): Promise<Duplex>;
  /** A connection that speaks a protocol of its own, once keep runs; it is tried once. */
  dial(path: string, protocol: string, signal: AbortSignal): Promise<Socket>;
  /** Waits for something, and fails when the pod will not come up. */
  orTrouble<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Reads the pod anew. @throws ExecError when it can never answer again */
  check(signal: AbortSignal): Promise<void>;
  /** From now on the command of a step may have run. */
  noteStart(): void;
  /** What is known of the pod. */
  pod(): Pod | undefined;
  /** Reads the pod anew. */
  refresh(signal: AbortSignal): Promise<Pod | undefined>;
  /** As {@link PodLineOptions}. */
  readonly readEviction: PodLineOptions['readEviction'];
  close(): void;
}

const backoff = { backoffMs: 50, backoffMaxMs: 2_000 };
const refreshMs = 30_000;
const lastLookMs = 10_000;
/** A keep that has just started refuses connections for a moment; each must not become a call to the API server. */
const checkMs = 5_000;

export function openPodLine(options: PodLineOptions): PodLine {
  const { pod: name, key, claim, watch, references, openStream } = options;
  let client = options.connected;
  let mayHaveRun = false;
  let lookedAt = performance.now();

  const podIn = (known: KnownPod | undefined): Pod | undefined => (known?.kind === 'pod' ? known.pod : undefined);
  const lost = (pod: Pod | undefined) => podLost(name, pod, mayHaveRun);

  const addressIn = (known: KnownPod): string | undefined => {
    if (known.kind === 'gone') throw lost(undefined);
    const { pod } = known;
    if (pod.status?.podIP !== undefined && stateOf(pod, keepContainer)?.running !== undefined) return pod.status.podIP;
    const trouble = mayHaveRun ? (hasEnded(pod) ? lost(pod) : undefined) : troubleOf(pod, references);
    if (trouble !== undefined) throw trouble;
    return undefined;
  };

  const readRegularly = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      await delay(options.refreshMs ?? refreshMs, signal);
      // The API server may be away; it is asked again.
      await watch.refresh(name, signal).catch(() => undefined);
    }
  };

  const address = async (signal: AbortSignal): Promise<string> => {
    const late = AbortSignal.timeout(options.startSeconds * 1000);
    const settled = new AbortController();
    expectRejection(readRegularly(AbortSignal.any([signal, settled.signal])));
    try {
      return await watch.until(name, addressIn, AbortSignal.any([signal, late]));
    } catch (error) {
      signal.throwIfAborted();
      if (!late.aborted) throw error;
      const look = AbortSignal.any([signal, AbortSignal.timeout(lastLookMs)]);
      await watch.refresh(name, look).catch(() => undefined);
      signal.throwIfAborted();
      const known = watch.current(name) ?? { kind: 'gone' };
      const found = addressIn(known);
      if (found !== undefined) return found;
      throw known.kind === 'pod' ? notStarted(known.pod, options.startSeconds) : error;
    } finally {
      settled.abort(new Error('its address is not waited for any more'));
    }
  };

  const connect = async (signal: AbortSignal): Promise<KeepClient> => {
    const at = await address(signal);
    if (client?.address === at) return client.keep;
    client?.keep.close();
    client = { address: at, keep: createKeepClient({ address: at, pod: name, key, claim, openStream }) };
    return client.keep;
  };

  /** Whether keep can ever answer again. */
  const check = async (signal: AbortSignal): Promise<void> => {
    const now = performance.now();
    const isSoon = now - lookedAt < (options.checkMs ?? checkMs);
    if (!isSoon) lookedAt = now;
    // The API server may be away as well; the pod is then tried for as long as it may be out of reach.
    const known = isSoon ? watch.current(name) : await watch.refresh(name, signal).catch(() => watch.current(name));
    signal.throwIfAborted();
    if (known === undefined) return;
    const pod = podIn(known);
    if (pod === undefined || hasEnded(pod) || isKeepOver(pod)) throw lost(pod);
  };

  const persist = async <T>(signal: AbortSignal, work: (keep: KeepClient) => Promise<T>): Promise<T> => {
    let failures = 0;
    let since: number | undefined;
    for (;;) {
      const keep = await connect(signal);
      try {
        return await work(keep);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ExecError) throw error;
        since ??= performance.now();
        await check(signal);
        if (performance.now() - since > options.awayMs)
          throw outOfReach({ name, error, mayHaveRun, isForwarded: openStream !== undefined });
        failures += 1;
      }
      await delay(backoffOf(failures, backoff), signal);
    }
  };

  return {
    async ready(signal) {
      await address(signal);
    },
    ask: (call) => persist(call.signal, (keep) => keep.ask(call)),
    output: (step, position, signal) => persist(signal, (keep) => keep.output(step, position, signal)),
    openData: (signal) => persist(signal, (keep) => keep.openData(signal)),
    dial: async (path, protocol, signal) => (await connect(signal)).dial(path, protocol, signal),
    async orTrouble(work, signal) {
      const ended = new AbortController();
      const both = AbortSignal.any([signal, ended.signal]);
      const trouble = watch.until<never>(
        name,
        (known) => {
          const found = known.kind === 'gone' ? lost(undefined) : troubleOf(known.pod, references);
          if (found !== undefined) throw found;
          return undefined;
        },
        both,
      );
      try {
        return await awaitWithSignal(Promise.race([work(both), trouble]), signal);
      } finally {
        ended.abort(new Error('it is not waited for any more'));
        trouble.catch(() => undefined);
      }
    },
    check,
    noteStart() {
      mayHaveRun = true;
    },
    pod: () => podIn(watch.current(name)),
    readEviction: options.readEviction,
    refresh: async (signal) => podIn(await watch.refresh(name, signal)),
    close() {
      client?.keep.close();
    },
  };
}

/** After a crash the kubelet starts keep again, where the cluster has rules for that. */
function isKeepOver(pod: Pod): boolean {
  const { terminated } = stateOf(pod, keepContainer) ?? {};
  if (terminated === undefined) return false;
  const isRestarted = pod.spec?.containers?.some(
    ({ name, restartPolicyRules = [] }) => name === keepContainer && restartPolicyRules.length > 0,
  );
  return isRestarted !== true || Object.values<number>(keepExits).includes(terminated.exitCode);
}

interface OutOfReach {
  readonly name: string;
  readonly error: unknown;
  readonly mayHaveRun: boolean;
  readonly isForwarded: boolean;
}

function outOfReach({ name, error, mayHaveRun, isForwarded }: OutOfReach): ExecError {
  const fix = isForwarded
    ? 'Check that the API server can connect to the kubelet of its node.'
    : 'Check that this agent has a route to the addresses of pods, or set EXEC_KUBE_REACH=port-forward.';
  const text = `The pod ${name} is out of reach: ${messageOf(error)}. ${fix}`;
  return new ExecError('RUNTIME_UNAVAILABLE', text, {
    context: mayHaveRun ? { mayHaveRun: true } : { runtimeAway: true },
    cause: error,
  });
}
