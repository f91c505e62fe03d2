import { ExecError } from '../../support/exec-error.ts';
import { exitCodes } from './exit-codes.ts';

/** What of a response decides the exit code. */
export interface Ending {
  readonly success: boolean;
  readonly error_code?: string | undefined;
  readonly result?: { readonly exit_code?: number | undefined } | undefined;
}

const refusals: readonly (string | undefined)[] = ['POLICY_DENIED', 'QUEUE_FULL'];

/** What `run`, `wait` and `submit --wait` end with: the command's own exit code where it ran to its end. */
export function exitCodeOf({ success, error_code: code, result }: Ending): number {
  if (success) return exitCodes.ok;
  if (code === 'CANCELED') return exitCodes.interrupted;
  if (code === 'TIMEOUT') return exitCodes.timeout;
  if (code === 'INVALID_REQUEST') return exitCodes.invalid;
  if (refusals.includes(code)) return exitCodes.refused;
  if (code === 'START_FAILED' || result?.exit_code === undefined) return exitCodes.notRun;
  // The command succeeded, but what it should have left is not whole.
  return result.exit_code === 0 ? exitCodes.failed : result.exit_code;
}

/** What a command ends with that an error ended. */
export function exitCodeOfError(error: unknown): number {
  if (!(error instanceof ExecError)) return exitCodes.failed;
  const { code } = error;
  if (code === 'INVALID_REQUEST') return exitCodes.invalid;
  if (refusals.includes(code)) return exitCodes.refused;
  if (code === 'TIMEOUT') return exitCodes.timeout;
  return code === 'CANCELED' ? exitCodes.interrupted : exitCodes.failed;
}
