import { ExecError } from '../../../support/exec-error.ts';
import { derivePodKey } from '../../../support/net/pod-key.ts';
import { withRetries } from '../../../support/time/with-retries.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import type { ApiClient } from '../api/api-client.ts';
import { ApiError, isPassing } from '../api/api-error.ts';
import type { ApiPlace } from '../api/api-resource.ts';
import { explainApiError } from '../api/explain-api-error.ts';
import type { PodOptions } from '../kubernetes-options.ts';
import { nonceOf, type PodIdentity } from '../shape/pod-names.ts';
import { podShape, type ShapeInput } from '../shape/pod-shape.ts';
import { explainCreateError, isOverQuota } from './explain-create.ts';
import { type Pod, podSchema } from './pod-schema.ts';

const createRetries = { attempts: 5, backoffMs: 200, backoffMaxMs: 5_000 };
const removeRetries = { attempts: 8, backoffMs: 200, backoffMaxMs: 10_000 };
/** The cluster counts what a quota has left a moment after a pod is deleted. */
const quotaRetries = { attempts: 16, backoffMs: 100, backoffMaxMs: 1_000 };
const graceSeconds = 2;

export type PodRequest = Pick<ShapeInput, 'identity' | 'spec' | 'steps' | 'runtimeClass' | 'waitSeconds'>;

export interface PodMaker {
  /**
   * Creates the pod, or finds the one that an earlier try has created.
   * @param makeRoom deletes a pod that nobody needs when a quota is used up; false: there is none, and none was deleted lately
   * @throws ExecError in the words of the API server; the signal's reason
   */
  create(request: PodRequest, signal: AbortSignal, makeRoom?: () => Promise<boolean>): Promise<Pod>;
  /** @throws ExecError when it cannot be deleted */
  remove(name: string, uid: string): Promise<void>;
}

export interface PodMakerOptions {
  readonly client: ApiClient;
  readonly place: ApiPlace;
  readonly fleetKey: Buffer;
  readonly options: PodOptions;
  readonly closed: AbortSignal;
}

const mayPass = (error: unknown) => !(error instanceof ApiError) || isPassing(error);

export function createPodMaker({ client, place, fleetKey, options, closed }: PodMakerOptions): PodMaker {
  /** Rules for single containers are refused by clusters that do not know them. */
  let restartsKeep = true;

  const post = async (request: PodRequest, signal: AbortSignal): Promise<Pod> => {
    const { identity } = request;
    const podKey = derivePodKey(fleetKey, identity.name);
    const shape = podShape({ ...request, podKey, nonce: nonceOf(podKey), restartsKeep, options });
    try {
      return await client.create(place, shape, podSchema, { signal });
    } catch (error) {
      if (restartsKeep && isAboutRestarts(error)) {
        restartsKeep = false;
        return post(request, signal);
      }
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
      // The answer to an earlier try was lost.
      const found = await client.get(place, identity.name, podSchema, signal);
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) throw stillThere(identity.name);
      if (isThe(found, identity)) return found;
      throw error;
    }
  };

  const postWithRoom = async (request: PodRequest, signal: AbortSignal, makeRoom?: () => Promise<boolean>) => {
    try {
      return await withRetries({ ...createRetries, signal, mayPass }, () => post(request, signal));
    } catch (error) {
      let last = error;
      while (isOverQuota(last) && (await makeRoom?.()) === true) {
        const again = { ...quotaRetries, signal, mayPass: (each: unknown) => isOverQuota(each) || mayPass(each) };
        try {
          return await withRetries(again, () => post(request, signal));
        } catch (next) {
          last = next;
        }
      }
      throw last;
    }
  };

  const remove = async (name: string, uid: string): Promise<void> => {
    try {
      await withRetries({ ...removeRetries, signal: closed, mayPass }, () =>
        client.delete(place, name, { uid, graceSeconds }, closed),
      );
    } catch (error) {
      // Another pod has the name: this one is gone.
      if (!(error instanceof ApiError && error.reason === 'Conflict')) throw explainApiError(error, client.access);
    }
  };

  return {
    remove,
    async create(request, signal, makeRoom) {
      try {
        const pod = await postWithRoom(request, signal, makeRoom);
        if (options.isolation === 'policy' || pod.spec?.hostUsers === false) return pod;
        await remove(pod.metadata.name, pod.metadata.uid);
        throw noUserNamespaces();
      } catch (error) {
        if (!signal.aborted) throw explainCreateError(error, client.access);
        // It may have been created before the call was interrupted; the sweep finds what cannot be deleted now.
        await client.delete(place, request.identity.name, { graceSeconds: 0 }, closed).catch(() => undefined);
        throw signal.reason;
      }
    },
  };
}

function isThe({ metadata }: Pod, { labels }: PodIdentity): boolean {
  return Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);
}

/** What an earlier try has created was deleted, and its name is free in a moment. */
function stillThere(name: string): ExecError {
  const context: AwayFacts = { runtimeAway: true };
  return new ExecError('RUNTIME_UNAVAILABLE', `The pod ${name} is still being deleted.`, { context: { ...context } });
}

/** With capabilities on the node it must not run, however shortly. */
function noUserNamespaces(): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    'The cluster gives pods no user namespace of their own, so their commands cannot be isolated. Switch the feature gate UserNamespacesSupport on (Kubernetes 1.33 or later has it), or set EXEC_KUBE_ISOLATION=policy where network policies are enforced.',
  );
}

function isAboutRestarts(error: unknown): boolean {
  return error instanceof ApiError && error.status === 422 && error.message.includes('restartPolicy');
}
