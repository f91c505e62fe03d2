import { awaitWithSignal, expectRejection } from '../../../support/abort/await-with-signal.ts';
import { delay } from '../../../support/time/deadline.ts';
import { type Deferred, deferred } from '../../../support/time/deferred.ts';
import { backoffOf } from '../../../support/time/with-retries.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { ApiPlace } from '../api/api-resource.ts';
import { followResource } from '../api/watch/follow-resource.ts';
import { isOlder, isUnschedulable, type Pod, podSchema } from './pod-schema.ts';

export interface WatchPodsOptions {
  readonly client: ApiClient;
  readonly place: ApiPlace;
  /** A selector of the pods of one deployment. */
  readonly labelSelector: string;
  readonly onTrouble: (error: unknown) => void;
}

/** What is known of a pod that is followed. */
export type KnownPod = { readonly kind: 'pod'; readonly pod: Pod } | { readonly kind: 'gone' };

/** One watch for all pods of a deployment; it follows those that are added to it. */
export interface PodWatch {
  add(pod: Pod): void;
  forget(name: string): void;
  current(name: string): KnownPod | undefined;
  /** Reads the pod now to correct what the watch has missed. */
  refresh(name: string, signal: AbortSignal): Promise<KnownPod>;
  /** Waits until something can be read from the pod. @throws what `read` throws; the signal's reason */
  until<T>(name: string, read: (known: KnownPod) => T | undefined, signal: AbortSignal): Promise<T>;
  /** How many of the followed pods have no node to run on. */
  unschedulable(): number;
  close(): void;
}

const limits = { watchMs: 240_000, idleMs: 150_000, eventBytes: 2_000_000 };
const pageItems = 500;
const backoff = { backoffMs: 200, backoffMaxMs: 10_000 };
/** Pods that the watch knows before they are added. */
const mostEarly = 1000;

/** Begins with the first pod. */
export function watchPods({ client, place, labelSelector, onTrouble }: WatchPodsOptions): PodWatch {
  const known = new Map<string, KnownPod>();
  const early = new Map<string, Pod>();
  const closing = new AbortController();
  let changed: Deferred<void> = deferred();
  let isFollowing = false;

  const change = () => {
    const before = changed;
    changed = deferred();
    before.resolve();
  };
  /** An event may come before the answer to the call that created its pod. */
  const keepEarly = (pod: Pod) => {
    const { name } = pod.metadata;
    early.delete(name);
    early.set(name, pod);
    const [oldest] = early.keys();
    if (early.size > mostEarly && oldest !== undefined) early.delete(oldest);
  };
  const set = (pod: Pod) => {
    const { name, uid } = pod.metadata;
    const before = known.get(name);
    if (before === undefined) return keepEarly(pod);
    // Another pod may get the name of one that is gone.
    if (before.kind !== 'pod' || before.pod.metadata.uid !== uid || isOlder(pod, before.pod)) return;
    known.set(name, { kind: 'pod', pod });
    change();
  };
  const refresh = async (name: string, signal: AbortSignal): Promise<KnownPod> => {
    const before = known.get(name);
    const pod = await client.get(place, name, podSchema, signal);
    const isSame = pod !== undefined && (before?.kind !== 'pod' || before.pod.metadata.uid === pod.metadata.uid);
    const found: KnownPod = isSame ? { kind: 'pod', pod } : { kind: 'gone' };
    const meanwhile = known.get(name);
    if (found.kind === 'pod' && meanwhile?.kind === 'pod' && isOlder(found.pod, meanwhile.pod)) return meanwhile;
    if (before !== undefined && known.has(name)) {
      known.set(name, found);
      change();
    }
    return found;
  };
  const replace = async (pods: readonly Pod[]) => {
    for (const pod of pods) set(pod);
    // One that was created meanwhile is missing in the list as well.
    const listed = new Set(pods.map(({ metadata }) => metadata.name));
    const missing = [...known.keys()].filter((name) => !listed.has(name));
    const trouble = (error: unknown) => {
      if (!closing.signal.aborted) onTrouble(error);
    };
    await Promise.all(missing.map((name) => refresh(name, closing.signal).catch(trouble)));
  };
  const followOnce = async () => {
    const options = { place, query: { labelSelector }, schema: podSchema, limits, pageItems, ...backoff, onTrouble };
    for await (const event of followResource(client, { ...options, signal: closing.signal })) {
      if (event.kind === 'listed') await replace(event.items);
      else if (event.kind === 'set') set(event.item);
      else {
        const { name, uid } = event.item.metadata;
        const before = known.get(name);
        if (before?.kind === 'pod' && before.pod.metadata.uid === uid) known.set(name, { kind: 'gone' });
        early.delete(name);
        change();
      }
    }
  };
  /** Rejects when the watch is closed. */
  const follow = async () => {
    for (let failures = 1; ; failures += 1) {
      await followOnce().catch((error: unknown) => {
        closing.signal.throwIfAborted();
        onTrouble(error);
      });
      await delay(backoffOf(failures, backoff), closing.signal);
    }
  };

  return {
    add(added) {
      const { name } = added.metadata;
      const before = known.get(name);
      const event = early.get(name) ?? (before?.kind === 'pod' ? before.pod : undefined);
      early.delete(name);
      const pod = event !== undefined && isOlder(added, event) ? event : added;
      known.set(name, { kind: 'pod', pod });
      change();
      if (isFollowing) return;
      isFollowing = true;
      expectRejection(follow());
    },
    forget(name) {
      known.delete(name);
      // What still waits for something of it has nothing to wait for.
      change();
    },
    current: (name) => known.get(name),
    refresh,
    async until(name, read, signal) {
      for (;;) {
        const { promise } = changed;
        const found = read(known.get(name) ?? { kind: 'gone' });
        if (found !== undefined) return found;
        await awaitWithSignal(promise, signal);
      }
    },
    unschedulable: () => [...known.values()].filter((each) => each.kind === 'pod' && isUnschedulable(each.pod)).length,
    close() {
      closing.abort(new Error('the runtime is closed'));
    },
  };
}
