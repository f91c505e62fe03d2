import { messageOf } from '../../support/exec-error.ts';
import type { Runtime, SandboxSpec } from '../runtime.ts';
import type { ApiClient } from './api/api-client.ts';
import type { ApiPlace } from './api/api-resource.ts';
import type { PodOptions } from './kubernetes-options.ts';
import { podSchema } from './pods/pod-schema.ts';

/** The classes that a cluster has for the OCI runtimes that requests name. */
export interface RuntimeClasses {
  readonly lacksOciRuntime: Runtime['lacksOciRuntime'];
  /** The class that the pod asks for; undefined: the cluster's own. */
  classOf(spec: SandboxSpec, signal: AbortSignal): Promise<string | undefined>;
}

/** Asks the API server whether it would make a pod of that class, since the account need not see the classes. */
export function createRuntimeClasses(
  client: ApiClient,
  place: ApiPlace,
  { keepImage, namespace }: PodOptions,
): RuntimeClasses {
  const lacksOciRuntime: Runtime['lacksOciRuntime'] = async (name, signal) => {
    const containers = [{ name: 'x', image: keepImage }];
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

  return {
    lacksOciRuntime,

    async classOf({ confinement }, signal) {
      const { name, missing } = confinement.ociRuntime ?? {};
      const isMissing =
        missing === 'fall-back' && name !== undefined && (await lacksOciRuntime(name, signal)) !== undefined;
      return isMissing ? undefined : name;
    },
  };
}
