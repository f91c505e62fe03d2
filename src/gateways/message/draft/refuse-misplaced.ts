import { ExecError } from '../../../support/exec-error.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';

/** A field in a wrong place is refused, never quietly left out. */
export function refuseMisplaced(request: ExecutionRequest): void {
  if (request.upload_to !== undefined)
    throw new ExecError('INVALID_REQUEST', 'upload_to: belongs to output. Write it as output.upload_to.');
}
