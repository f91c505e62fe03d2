import { parseImageReference } from '../support/image-reference.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import { throwRefusal } from './admit-plan.ts';
import { judgeImage } from './judge-image.ts';
import type { Policy } from './policy.ts';
import { settlePolicy } from './settle-policy.ts';

export interface ResolvedReference {
  readonly reference: string;
  readonly digest: string;
  /** A further digest that the engine knows it by. */
  readonly id?: string;
}

/**
 * Judges the very image that is to run, by the policy as it is now.
 * @throws ExecError POLICY_DENIED
 */
export function judgeResolved(plan: ExecutionPlan, { reference, digest, id }: ResolvedReference, policy: Policy): void {
  if (reference === 'host') return;
  const { settings } = settlePolicy(policy, plan);
  const digests = id === undefined ? [digest] : [digest, id];
  throwRefusal(judgeImage({ reference: parseImageReference(reference), digests }, settings));
}
