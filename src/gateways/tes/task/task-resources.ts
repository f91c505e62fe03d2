import type { PlanDraft } from '../../../wire/plan/plan.ts';
import { invalidField } from '../../message/request/invalid-request.ts';
import type { Task } from './task-schema.ts';

/** Names that `service-info` reports; any case is understood. */
export const backendParameters = ['timeout', 'priority', 'network', 'services'] as const;

type Parameter = (typeof backendParameters)[number];
type Asked = Pick<PlanDraft, 'resources' | 'timeoutSeconds' | 'priority' | 'network'>;

const bytesPerGb = 1e9;
const field = 'resources.backend_parameters';

/**
 * What a task asks for. A zero leaves it open, as several clients send it.
 * @throws ExecError INVALID_REQUEST for a parameter that is unknown, where the task is strict, or has no valid value
 */
export function resourcesOf({ resources = {} }: Task, defaultNetwork: PlanDraft['network']['mode']): Asked {
  const { cpu_cores: cpus, ram_gb: ram, disk_gb: disk } = resources;
  const given = parametersOf(resources);
  const timeoutSeconds = numberOf('timeout', given, 0.001, Number.MAX_SAFE_INTEGER);
  return {
    resources: {
      ...(isSet(cpus) ? { cpus } : {}),
      ...(isSet(ram) ? { memoryBytes: Math.ceil(ram * bytesPerGb) } : {}),
      ...(isSet(disk) ? { volumeBytes: Math.ceil(disk * bytesPerGb) } : {}),
    },
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    priority: Math.round(numberOf('priority', given, 0, 100) ?? 0),
    network: { mode: networkOf(given) ?? defaultNetwork, services: servicesOf(given), ports: [] },
  };
}

function isSet(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}

function parametersOf({
  backend_parameters: given = {},
  backend_parameters_strict: strict = false,
}: NonNullable<Task['resources']>): ReadonlyMap<Parameter, string> {
  const known = new Map<Parameter, string>();
  for (const [name, value] of Object.entries(given)) {
    const parameter = backendParameters.find((each) => each === name.toLowerCase());
    if (parameter !== undefined) known.set(parameter, value);
    else if (strict)
      throw invalidField(`${field}.${name}`, value, `is not known. Known are ${backendParameters.join(', ')}.`);
  }
  return known;
}

function numberOf(
  name: Parameter,
  given: ReadonlyMap<Parameter, string>,
  min: number,
  max: number,
): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw invalidField(`${field}.${name}`, text, `is no number from ${min} to ${max}.`);
}

function networkOf(given: ReadonlyMap<Parameter, string>): 'none' | 'open' | undefined {
  const text = given.get('network');
  if (text === undefined || text === 'none' || text === 'open') return text;
  throw invalidField(`${field}.network`, text, 'is not valid. Write none or open.');
}

function servicesOf(given: ReadonlyMap<Parameter, string>): string[] {
  const names = (given.get('services') ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}
