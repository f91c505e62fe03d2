import type { ExecError } from '../../../support/exec-error.ts';
import { formatSeconds } from '../../../support/text/duration.ts';
import type { ExecutionResponse } from '../../../wire/response/response.ts';
import { describeError } from '../part-names.ts';

/** The answer to a request that was never admitted. */
export function refusalToResponse(refusal: {
  /** Whose request it was; absent: not known. */
  readonly tenant?: string | undefined;
  readonly correlationId: string | null;
  readonly executionId: string;
  readonly error: ExecError;
  /** Epoch milliseconds. */
  readonly now: number;
}): ExecutionResponse {
  return {
    correlation_id: refusal.correlationId,
    ...(refusal.tenant === undefined ? {} : { tenant: refusal.tenant }),
    success: false,
    error: describeError(refusal.error),
    error_code: refusal.error.code,
    timestamp: new Date(refusal.now).toISOString(),
    duration: formatSeconds(0),
    execution_id: refusal.executionId,
  };
}
