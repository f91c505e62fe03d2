import type { ExecutionPlan } from '../../../wire/plan/plan.ts';
import type { ExecutionRequest } from '../../../wire/request/request.ts';
import { invalidField } from '../request/invalid-request.ts';

type Network = ExecutionPlan['network'];

const highestPort = 65_535;

/** @throws ExecError INVALID_REQUEST naming the field */
export function networkOf({ container, service_access: access = [], service_budget }: ExecutionRequest): Network {
  const services = [...new Set(access)];
  for (const name of Object.keys(service_budget ?? {}))
    if (!services.includes(name))
      throw invalidField(
        `service_budget.${name}`,
        service_budget?.[name],
        `has no use: "${name}" is not in service_access. Add it there, or leave the budget out.`,
      );
  return {
    mode: container.network ?? 'none',
    services,
    ...(service_budget === undefined ? {} : { budgets: service_budget }),
    ports: portsOf(container.ports),
  };
}

function portsOf(ports: ExecutionRequest['container']['ports'] = {}): Network['ports'] {
  const mappings = Object.entries(ports).map(([container, host]) => ({
    container: portOf(`container.ports.${container}`, container),
    host: portOf(`container.ports.${container}`, host),
  }));
  const hosts = new Set(mappings.map(({ host }) => host));
  if (hosts.size < mappings.length)
    throw invalidField('container.ports', ports, 'names a host port twice. Give each container port one of its own.');
  return mappings;
}

function portOf(field: string, port: string | number): number {
  const number = Number(port);
  if (number >= 1 && number <= highestPort) return number;
  throw invalidField(field, port, `is not a port. Ports go from 1 to ${highestPort}.`);
}
