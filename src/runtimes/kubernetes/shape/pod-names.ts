import { createHash, createHmac } from 'node:crypto';
import type { SandboxSpec } from '../../runtime.ts';

export const podLabels = {
  /** A hash, because deployments may have any name. */
  deployment: 'exec-agent/deployment',
  execution: 'exec-agent/execution',
} as const;

/** The same for a create that is repeated. */
export function podNameOf({ executionId, fence }: Pick<SandboxSpec, 'executionId' | 'fence'>): string {
  return `x-${executionId}-${fence}`;
}

export function deploymentLabel(deployment: string): string {
  return createHash('sha256').update(deployment).digest('hex').slice(0, 32);
}

export function stepName(index: number): string {
  return `step-${index}`;
}

/** What the holds of a pod prove themselves with. */
export function nonceOf(podKey: Buffer): string {
  return createHmac('sha256', podKey).update('hold').digest('hex').slice(0, 32);
}
