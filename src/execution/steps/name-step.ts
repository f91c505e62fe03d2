import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { Failure } from '../../wire/record/record.ts';
import { type Sentence, sentence } from '../../wire/sentence.ts';

type Steps = Pick<ExecutionPlan, 'steps'>;

/** Names the step that a sentence is about, if the plan has several: `Step 2 of 3: …`. */
export function nameStep({ steps }: Steps, index: number, text: Sentence): Sentence {
  return steps.length === 1 ? text : sentence`Step ${index + 1} of ${steps.length}: ${text}`;
}

/** Returns what the failure of a step is for the execution. A cancellation is about no step in particular. */
export function failureOfStep(plan: Steps, index: number, { code, message }: Failure): Failure {
  return { code, message: code === 'CANCELED' ? message : nameStep(plan, index, message) };
}
