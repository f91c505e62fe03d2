import { ExecError } from '../../support/exec-error.ts';
import type { ExecutionRequest } from '../../wire/request.ts';
import { notSupportedYet } from './invalid-request.ts';

/** What the contract names and this version cannot do is refused, never quietly left out. */
export function refuseUnsupported(request: ExecutionRequest): void {
  const { container } = request;
  const asked: Readonly<Record<string, boolean>> = {
    service_access: (request.service_access ?? []).length > 0,
    service_budget: Object.keys(request.service_budget ?? {}).length > 0,
    'container.network': container.network === 'open',
    'container.ports': Object.keys(container.ports ?? {}).length > 0,
  };
  if (request.upload_to !== undefined)
    throw new ExecError('INVALID_REQUEST', 'upload_to: belongs to output. Write it as output.upload_to.');
  for (const [field, isAsked] of Object.entries(asked)) if (isAsked) throw notSupportedYet(field);
}
