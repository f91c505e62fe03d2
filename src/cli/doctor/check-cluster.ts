import type { Config } from '../../agent/config/config-schema.ts';
import { checkCluster as askCluster } from '../../agent/runtime/check-cluster.ts';
import type { Runtime } from '../../runtimes/runtime.ts';
import { messageOf } from '../../support/exec-error.ts';
import type { Check } from './check.ts';

const section = 'Cluster';

/** With EXEC_RUNTIME=kubernetes: whether executions can run in the cluster, and what to do where not. */
export async function checkCluster(
  config: Config,
  runtime: Runtime | undefined,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (config.runtime !== 'kubernetes') return [];
  const findings = await askCluster(config, process.env, signal);
  return [
    ...findings.map(
      ({ name, ok, detail, cure }): Check => ({
        section,
        name,
        state: ok ? 'ok' : 'bad',
        detail,
        ...(cure && { cure }),
      }),
    ),
    await checkImage(config, runtime, signal),
  ];
}

/** Whether the registry has the image that is beside the steps. The nodes may have it without one. */
async function checkImage({ kubeImage }: Config, runtime: Runtime | undefined, signal: AbortSignal): Promise<Check> {
  const name = 'image';
  if (kubeImage === undefined) {
    const cure = 'Set EXEC_KUBE_IMAGE to the image of this project in a registry that the nodes can pull from.';
    return { section, name, state: 'bad', detail: 'EXEC_KUBE_IMAGE is not set', cure };
  }
  if (runtime === undefined) return { section, name, state: 'off', detail: `${kubeImage}: not looked for` };
  try {
    const { digest } = await runtime.images.ensure(kubeImage, { pull: 'missing', signal });
    return { section, name, state: 'ok', detail: `${kubeImage} is ${digest}` };
  } catch (error) {
    signal.throwIfAborted();
    const cure =
      'Ignore this where all nodes have the image. Otherwise push it, or set EXEC_KUBE_IMAGE to another one.';
    return { section, name, state: 'warn', detail: messageOf(error), cure };
  }
}
