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
  for (const [field, isAsked] of Object.entries(asked)) if (isAsked) throw notSupportedYet(field);
}
