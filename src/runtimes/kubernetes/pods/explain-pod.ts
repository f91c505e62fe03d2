import { ExecError } from '../../../support/exec-error.ts';
import { parseImageReference } from '../../../support/names/image-reference.ts';
import { explainPullFailure } from '../../registries/explain-pull-failure.ts';
import type { AwayFacts } from '../../runtime-away.ts';
import { disruptionOf, hasEnded, type Pod, stateOf } from './pod-schema.ts';

export const keepContainer = 'keep';

/** The container that makes the files which others mount, where there are any. */
export const filesContainer = 'make-files';

/** Those with the image of this project. */
const ownContainers = [
  [keepContainer, undefined],
  [filesContainer, undefined],
] as const;

const away: AwayFacts = { runtimeAway: true };
const full: AwayFacts = { runtimeFull: true };

/** Why a pod will not come up; undefined: it may. @param references the image of each step, as its request has it */
export function troubleOf(pod: Pod, references: ReadonlyMap<string, string>): ExecError | undefined {
  const { name } = pod.metadata;
  for (const [container, reference] of [...ownContainers, ...references]) {
    const trouble = troubleOfContainer(pod, container, reference);
    if (trouble !== undefined) return trouble;
  }
  const why = disruptionOf(pod) ?? (hasEnded(pod) ? endOf(pod) : undefined);
  if (why === undefined) return undefined;
  return new ExecError('RUNTIME_UNAVAILABLE', `The pod ${name} ended before its command began: ${why}.`, {
    context: { ...away, pod: name },
  });
}

function endOf({ status }: Pod): string {
  return [status?.reason, status?.message].filter((text) => text !== undefined).join(': ') || 'no reason is given';
}

function troubleOfContainer(pod: Pod, container: string, reference: string | undefined): ExecError | undefined {
  const { waiting, terminated } = stateOf(pod, container) ?? {};
  const { reason = '', message = '' } = waiting ?? terminated ?? {};
  const text = message === '' ? reason : `${reason}: ${message}`;
  switch (reason) {
    // The kubelet calls it ErrImagePull at first, and tries again.
    case 'ImagePullBackOff':
    case 'ErrImageNeverPull':
    case 'InvalidImageName':
      return reference === undefined ? noKeepImage(text) : pullFailed(reason, reference, message);
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
    case 'StartError':
    case 'ContainerCannotRun':
      return new ExecError(
        'RUNTIME_UNAVAILABLE',
        `The node could not start the container "${container}" of the pod ${pod.metadata.name}: ${text}.`,
        { context: { ...away, pod: pod.metadata.name } },
      );
    default:
      return undefined;
  }
}

function pullFailed(reason: string, reference: string, message: string): ExecError {
  if (reason === 'ErrImageNeverPull')
    return new ExecError(
      'IMAGE_NOT_FOUND',
      `The image "${reference}" is not on the node, and the request says that it must not be pulled.`,
    );
  if (reason === 'InvalidImageName')
    return new ExecError('INVALID_REQUEST', `The node refuses the name "${reference}".`);
  const { registry } = parseImageReference(reference);
  return explainPullFailure({ reference, registry, reason: message || reason, credentials: undefined });
}

function noKeepImage(text: string): ExecError {
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The node cannot pull the image of EXEC_KUBE_IMAGE: ${text}. Check the setting, and EXEC_KUBE_PULL_SECRETS.`,
    { context: { ...away } },
  );
}

/** Why a pod has not come up in time. */
export function notStarted(pod: Pod, seconds: number): ExecError {
  const scheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const why =
    scheduled === undefined
      ? 'its containers did not start'
      : `no node takes it: ${scheduled.message ?? scheduled.reason ?? 'no reason is given'}`;
  const text = `The pod ${pod.metadata.name} did not start within ${seconds} s (EXEC_KUBE_START): ${why.replace(/\.$/, '')}.`;
  return new ExecError('RUNTIME_UNAVAILABLE', text, { context: { ...full, pod: pod.metadata.name } });
}

/** A pod that ran is lost. */
export function podLost(name: string, pod: Pod | undefined, mayHaveRun: boolean): ExecError {
  const why = pod === undefined ? 'it is missing in the cluster' : (disruptionOf(pod) ?? endOf(pod));
  const facts: AwayFacts = mayHaveRun ? { mayHaveRun: true } : away;
  return new ExecError('RUNTIME_UNAVAILABLE', `The pod ${name} was lost: ${why.replace(/\.$/, '')}.`, {
    context: { ...facts, pod: name },
  });
}
