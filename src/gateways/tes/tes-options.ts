import type { TokenStore } from '../../access/token-store.ts';
import type { ExecutionPlan, PlanDraft } from '../../wire/plan/plan.ts';
import type { SubmitOptions } from '../submit-plan.ts';

/** In the plans of tasks. */
export const tesGateway = 'tes';

export interface TesOptions extends SubmitOptions {
  readonly admit: (draft: PlanDraft) => ExecutionPlan;
  /** Asks all agents. */
  readonly cancel: (executionId: string) => Promise<void>;
  readonly tokens: Pick<TokenStore, 'check'>;
  /** Where containers find their services. */
  readonly servicePort: number;
  /** Of tasks that do not say. */
  readonly tesNetwork: ExecutionPlan['network']['mode'];
  readonly limits: SubmitOptions['limits'] & { readonly maxMessageBytes: number };
}
