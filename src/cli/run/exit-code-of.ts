import type { ExecutionResponse } from '../../wire/response.ts';
import { exitCodes } from '../terminal/exit-codes.ts';

/** What `run` ends with: the container's own exit code where it ran to its end. */
export function exitCodeOf({ success, error_code: code, result }: ExecutionResponse): number {
  if (success) return exitCodes.ok;
  if (code === 'CANCELED') return exitCodes.interrupted;
  if (code === 'TIMEOUT') return exitCodes.timeout;
  if (code === 'START_FAILED' || result?.exit_code === undefined) return exitCodes.notRun;
  // The command did well, yet what it was to leave is not whole.
  return result.exit_code === 0 ? exitCodes.failed : result.exit_code;
}
