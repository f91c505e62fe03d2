import { ExecError } from '../../support/exec-error.ts';
import type { Outcome } from '../../wire/record/record.ts';

export function canceledOnRequest(): ExecError {
  return new ExecError('CANCELED', 'The execution was canceled on request. What it had written is returned.');
}

/** The outcome of an execution that ended otherwise while its cancel was on the way; what had failed is a warning. */
export function cancelOutcome(outcome: Outcome): Outcome {
  const { code, message } = canceledOnRequest();
  const failed = outcome.failure === undefined ? [] : [outcome.failure.message];
  return { ...outcome, failure: { code, message }, warnings: [...outcome.warnings, ...failed] };
}
