import { createHash, createHmac } from 'node:crypto';
import type { SandboxSpec } from '../../runtime.ts';

export const podLabels = {
  /** A hash, because deployments may have any name. */
  deployment: 'exec-agent/deployment',
  execution: 'exec-agent/execution',
  /** The pod was made ahead and has no execution yet. */
  waiting: 'exec-agent/waiting',
} as const;

/** The metadata that the agents go by. */
export interface PodIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What moves a pod ends its command. */
const stays = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false', 'karpenter.sh/do-not-disrupt': 'true' };

/** The same for a create that is repeated. */
function podNameOf({ executionId, fence }: Pick<SandboxSpec, 'executionId' | 'fence'>): string {
  return `x-${executionId}-${fence}`;
}

/** Of a pod that is made for an execution. */
export function identityOf(spec: Pick<SandboxSpec, 'deployment' | 'executionId' | 'fence'>): PodIdentity {
  const { deployment, executionId } = spec;
  return {
    name: podNameOf(spec),
    labels: { [podLabels.deployment]: deploymentLabel(deployment), [podLabels.execution]: executionId },
    annotations: stays,
  };
}

/** Of a pod that is made ahead; anything may end it. */
export function waitingIdentityOf(name: string, deployment: string): PodIdentity {
  return {
    name,
    labels: { [podLabels.deployment]: deploymentLabel(deployment), [podLabels.waiting]: 'true' },
    annotations: {},
  };
}

/** The merge patch that gives such a pod to an execution. */
export function givenTo(executionId: string) {
  return { labels: { [podLabels.execution]: executionId, [podLabels.waiting]: null }, annotations: stays };
}

export function deploymentSelector(deployment: string): string {
  return `${podLabels.deployment}=${deploymentLabel(deployment)}`;
}

/** Of the pods of any agent that have no execution yet. */
export function waitingSelector(deployment: string): string {
  return `${deploymentSelector(deployment)},${podLabels.waiting}=true`;
}

function deploymentLabel(deployment: string): string {
  return createHash('sha256').update(deployment).digest('hex').slice(0, 32);
}

export function stepName(index: number): string {
  return `step-${index}`;
}

/** What the holds of a pod prove themselves with. */
export function nonceOf(podKey: Buffer): string {
  return createHmac('sha256', podKey).update('hold').digest('hex').slice(0, 32);
}
